import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { SortButton } from '../parts/SortButton.tsx';
import { useQuery } from '../parts/urlState.ts';
import { useNarrow } from '../parts/useNarrow.ts';
import { texts } from '../texts/texts.ts';
import { shownListing } from './SaveShown.tsx';
import { type Sortable, sortRows } from './sortRows.ts';
import { words } from './words.ts';

/** One column of a listing; on a narrow screen a line of a card. */
export interface Column<Row> extends Sortable<Row> {
  readonly title: string;
  /** Whether it holds what can be done: its title is for those who can't see that. */
  readonly isAct?: boolean;
  readonly hint?: string;
  readonly isFigure?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

interface ListingProps<Row> {
  readonly id: 'now' | 'log' | 'destinations';
  /** What it lists, for who can't see it. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What stands below a row that is opened. */
  readonly details?: (row: Row) => ComponentChildren;
}

/** So many rows are drawn until more are asked for: the others cost time at each push. */
const shownRows = 200;

/** Rows as a table, or as cards where it is narrow; sorted by what the address says (`?sort=-queue`). */
export function Listing<Row extends object>(props: ListingProps<Row>) {
  const { id, columns, rows } = props;
  const isNarrow = useNarrow();
  const [isWhole, setWhole] = useState(false);
  const [{ sort = '' }] = useQuery();
  const sorted = sortRows(rows, columns, sort);
  const shown = isWhole ? sorted : sorted.slice(0, shownRows);
  useEffect(() => {
    shownListing.value = { id, rows: sorted };
  });
  useEffect(
    () => () => {
      shownListing.value = undefined;
    },
    [],
  );
  return (
    <>
      {isNarrow ? (
        <Cards {...props} rows={shown} sort={sort} />
      ) : (
        <Table {...props} rows={shown} sort={sort} />
      )}
      {shown.length < rows.length ? (
        <p class="conn-note muted">
          {words().shown(shown.length, rows.length)}{' '}
          <button type="button" class="link-button" onClick={() => setWhole(true)}>
            {words().showAll}
          </button>
        </p>
      ) : null}
    </>
  );
}

type Sorted<Row> = ListingProps<Row> & { readonly sort: string };

function Table<Row>({ id, name, columns, rows, keyOf, details, sort }: Sorted<Row>) {
  return (
    <div class="card conn-card">
      <table class="conn-table" data-list={id} aria-label={name}>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const below = details?.(row);
            return [
              <tr key={keyOf(row)}>
                {columns.map(({ key, isFigure, cell }) => (
                  <td key={key} class={`cell-${key}${isFigure ? ' cell-figure' : ''}`}>
                    {cell(row)}
                  </td>
                ))}
              </tr>,
              below ? (
                <tr key={`${keyOf(row)} below`} class="conn-below">
                  <td colSpan={columns.length}>{below}</td>
                </tr>
              ) : null,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

function HeaderCell<Row>({ column, sort }: { column: Column<Row>; sort: string }) {
  const { key, title, hint, isFigure, isAct, value } = column;
  const [, change] = useQuery();
  const isAscending = sort === key;
  const isDescending = sort === `-${key}`;
  // Figures are wanted from the highest first, texts from A.
  const next = isFigure ? (isDescending ? key : `-${key}`) : isAscending ? `-${key}` : key;
  const order = isAscending ? 'ascending' : isDescending ? 'descending' : 'none';
  return (
    <th
      scope="col"
      class={`cell-${key}${isFigure ? ' cell-figure' : ''}`}
      title={hint}
      aria-sort={value ? order : undefined}
    >
      {value ? (
        <SortButton title={title} order={order} sort={() => change({ sort: next })} />
      ) : (
        <span class={isAct ? 'visually-hidden' : undefined}>{title}</span>
      )}
    </th>
  );
}

function Cards<Row>({ name, columns, rows, keyOf, details, sort }: Sorted<Row>) {
  const [, change] = useQuery();
  const [first, ...others] = columns;
  const acts = others.filter(({ isAct }) => isAct);
  const pairs = others.filter(({ isAct }) => !isAct);
  return (
    <>
      <label class="conn-choice">
        {texts.sortBy}{' '}
        <select value={sort} onChange={({ currentTarget }) => change({ sort: currentTarget.value })}>
          <option value="">{words().usualOrder}</option>
          {columns
            .filter(({ value }) => value)
            .map(({ key, title, isFigure }) => (
              <option key={key} value={isFigure ? `-${key}` : key}>
                {title}
              </option>
            ))}
        </select>
      </label>
      <ul class="conn-cards" aria-label={name}>
        {rows.map((row) => (
          <li key={keyOf(row)} class="card conn-item">
            <div class="conn-item-head">
              {first?.cell(row)} {acts.map(({ cell }) => cell(row))}
            </div>
            <dl>
              {pairs.map(({ key, title, cell }) => {
                const content = cell(row);
                return content === null ? null : (
                  <div key={key} class={`cell-${key}`}>
                    <dt>{title}</dt>
                    <dd>{content}</dd>
                  </div>
                );
              })}
            </dl>
            {details?.(row)}
          </li>
        ))}
      </ul>
    </>
  );
}
