import { describe, expect, test } from 'vitest';
import { acceptedDeflate } from '../../src/transport/deflateOffer.ts';

const plain = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const full = `${plain}; server_max_window_bits=15`;

describe('an offer is accepted', () => {
  test.each([
    ['permessage-deflate', plain],
    ['permessage-deflate; client_max_window_bits', plain],
    ['permessage-deflate;client_max_window_bits=8', plain],
    ['permessage-deflate; client_max_window_bits="15"', plain],
    ['permessage-deflate; server_no_context_takeover', plain],
    ['permessage-deflate; client_no_context_takeover; server_no_context_takeover', plain],
    ['permessage-deflate; server_max_window_bits=15', full],
    ['permessage-deflate; server_max_window_bits = "15" ; client_max_window_bits', full],
    ['x-webkit-deflate-frame, permessage-deflate', plain],
    ['permessage-bzip2; server_level=9, permessage-deflate', plain],
    ['permessage-deflate; server_max_window_bits=10, permessage-deflate', plain],
    ['permessage-deflate; unknown=1,permessage-deflate; server_max_window_bits=15', full],
  ])('%s', (offer, answer) => {
    expect(acceptedDeflate(offer)).toBe(answer);
  });
});

describe('an offer is declined', () => {
  test.each([
    [undefined],
    ['permessage-bzip2'],
    ['Permessage-Deflate-Frame'],
    ['permessage-deflate; unknown'],
    ['permessage-deflate; server_no_context_takeover=1'],
    ['permessage-deflate; client_no_context_takeover=true'],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover'],
    ['permessage-deflate; client_max_window_bits; client_max_window_bits=10'],
    ['permessage-deflate; server_max_window_bits'],
    ['permessage-deflate; server_max_window_bits=9'],
    ['permessage-deflate; server_max_window_bits=14'],
    ['permessage-deflate; server_max_window_bits=015'],
    ['permessage-deflate; server_max_window_bits=16'],
    ['permessage-deflate; client_max_window_bits=7'],
    ['permessage-deflate; client_max_window_bits=16'],
    ['permessage-deflate; client_max_window_bits=08'],
    ['permessage-deflate; __proto__'],
  ])('%s', (offer) => {
    expect(acceptedDeflate(offer)).toBeUndefined();
  });
});

test.each([
  [''],
  ['permessage-deflate;'],
  ['permessage-deflate,'],
  ['permessage-deflate; a b'],
  ['permessage-deflate; client_max_window_bits='],
  ['permessage-deflate; client_max_window_bits="1'],
  ['per message'],
])('%j is no list of extensions', (header) => {
  expect(acceptedDeflate(header)).toBeNull();
});
