interface SortButtonProps {
  readonly title: string;
  /** How the rows are sorted by this column now, as its `aria-sort` says. */
  readonly order: 'ascending' | 'descending' | 'none';
  readonly sort: () => void;
}

/** The head of a column that sorts, with a mark beside it where it does. */
export function SortButton({ title, order, sort }: SortButtonProps) {
  return (
    <button type="button" class="sort-button" onClick={sort}>
      {title}
      <span class="sort-mark" aria-hidden="true">
        {order === 'descending' ? '▾' : order === 'ascending' ? '▴' : ''}
      </span>
    </button>
  );
}
