/** A value now or later. Nothing here waits for a value that is there already. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Whether a value has to be waited for. */
export function isThenable<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Goes on with a value: at once where it is there, after it where it is a promise. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  // A thenable of another kind may not give back a promise.
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value);
}
