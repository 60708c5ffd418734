export type { Field, FieldType, LatestTable, Point, Selection, SeriesSamples, Tag } from './point.ts';
