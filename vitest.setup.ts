import { configureGlobal } from 'fast-check';

// Properties are tried on the same cases each time: where one fails, the change is at fault. `FAST_CHECK_SEED=random`
// draws others; with a number it repeats a run that failed.
const { FAST_CHECK_SEED: seed = '1' } = process.env;

if (seed !== 'random') configureGlobal({ seed: Number(seed) });
