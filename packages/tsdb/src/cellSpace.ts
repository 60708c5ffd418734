/** Rows of all series of a head lie in pieces of this many numbers (1 MiB): few large ones go back to the system. */
const pieceBits = 17;
const pieceLength = 2 ** pieceBits;
/** Most heads that take late points stay small. */
const firstPieceLength = 4_096;

/** The longest room that can be taken. */
export const maxRoom = pieceLength;

/** The same memory as numbers of 64, and integers of 8, 16 and 32 bits. */
export interface Piece {
  readonly numbers: Float64Array;
  readonly bytes: Int8Array;
  readonly shorts: Int16Array;
  readonly longs: Int32Array;
}

/** Room for numbers, which is never given back but with all of it. */
export class CellSpace {
  private readonly pieces: Piece[] = [];
  private used = 0;

  /** The address of room for so many numbers, at most `maxRoom`; what they are is not said. */
  take(length: number): number {
    const last = this.pieces.length - 1;
    if (last < 0 || this.used + length > this.pieces[last]!.numbers.length) {
      const isFirst = last < 0 && length <= firstPieceLength;
      this.pieces.push(newPiece(isFirst ? firstPieceLength : pieceLength));
      this.used = 0;
    }
    const address = (this.pieces.length - 1) * pieceLength + this.used;
    this.used += length;
    return address;
  }

  /** Where the room at an address is, from `placeOf` on. */
  piece(address: number): Float64Array {
    return this.pieces[address >>> pieceBits]!.numbers;
  }

  wholePiece(address: number): Piece {
    return this.pieces[address >>> pieceBits]!;
  }

  get bytes(): number {
    if (this.pieces.length === 0) return 0;
    const full = this.pieces.slice(0, -1).reduce((sum, piece) => sum + piece.numbers.length, 0);
    return (full + this.used) * 8;
  }
}

/** Where an address is in its piece. */
export function placeOf(address: number): number {
  return address & (pieceLength - 1);
}

function newPiece(length: number): Piece {
  const numbers = new Float64Array(length);
  const { buffer } = numbers;
  return {
    numbers,
    bytes: new Int8Array(buffer),
    shorts: new Int16Array(buffer),
    longs: new Int32Array(buffer),
  };
}
