/**
 * JSON's grammar as one table: what a byte does in a state. An entry below {@link FIRST_ACTION} is the next state,
 * any other entry an action of the scanner.
 */

// States that the scanner itself sets.
export const START = 0;
const VALUE = 1;
export const FIRST_ELEMENT = 2;
export const FIRST_KEY = 3;
export const COLON = 4;
export const AFTER_ROOT = 5;
export const AFTER_ELEMENT = 6;
export const AFTER_MEMBER = 7;
export const STRING = 8;
export const ESCAPE = 9;
export const INVALID = 10;

// States inside a token, or after a comma.
const KEY = 11;
const MARK_2 = 12;
const MARK_3 = 13;
const SIGN = 14;
const ZERO = 15;
const WHOLE = 16;
const POINT = 17;
const FRACTION = 18;
const EXPONENT = 19;
const EXPONENT_SIGN = 20;
const EXPONENT_DIGITS = 21;
/** Four states: a digit of `\u0000` is next. */
const HEX = 22;
/** One state for each letter of `true`, `false` and `null` but the first. */
const LITERAL = 26;

export const FIRST_ACTION = 64;
export const OPEN_OBJECT = 64;
const OPEN_ARRAY = 65;
export const CLOSE = 66;
export const BEGIN_KEY = 67;
export const BEGIN_TEXT = 68;
export const RESUME_STRING = 69;
export const BEGIN_ESCAPE = 70;
export const END_STRING = 71;
export const END_LITERAL = 72;
/** The byte is the first one after a number. */
export const END_NUMBER = 73;

const WHOLE_NUMBERS = [ZERO, WHOLE, FRACTION, EXPONENT_DIGITS];
const DIGITS = "0123456789";
const SPACES = " \t\r\n";

/** The entry of a state and a byte is at `state * 256 + byte`. A view is read faster than an array of bytes. */
export const GRAMMAR: DataView = new DataView(new ArrayBuffer(FIRST_ACTION * 256));
for (let entry = 0; entry < GRAMMAR.byteLength; entry += 1) GRAMMAR.setUint8(entry, INVALID);

/** Returns true for a state in which a number may end. */
export function isWholeNumber(state: number): boolean {
  return WHOLE_NUMBERS.includes(state);
}

function on(state: number, characters: string, result: number): void {
  for (const byte of Buffer.from(characters, "latin1")) GRAMMAR.setUint8(state * 256 + byte, result);
}

for (const state of [START, VALUE, FIRST_ELEMENT]) {
  on(state, SPACES, state === START ? VALUE : state);
  on(state, "{", OPEN_OBJECT);
  on(state, "[", OPEN_ARRAY);
  on(state, '"', BEGIN_TEXT);
  on(state, "-", SIGN);
  on(state, "0", ZERO);
  on(state, "123456789", WHOLE);
}
on(FIRST_ELEMENT, "]", CLOSE);
// A byte order mark, in UTF-8.
on(START, "\xef", MARK_2);
on(MARK_2, "\xbb", MARK_3);
on(MARK_3, "\xbf", VALUE);

for (const state of [FIRST_KEY, KEY, COLON, AFTER_ROOT, AFTER_ELEMENT, AFTER_MEMBER])
  on(state, SPACES, state);
for (const state of [FIRST_KEY, KEY]) on(state, '"', BEGIN_KEY);
on(FIRST_KEY, "}", CLOSE);
on(COLON, ":", VALUE);
on(AFTER_ELEMENT, ",", VALUE);
on(AFTER_ELEMENT, "]", CLOSE);
on(AFTER_MEMBER, ",", KEY);
on(AFTER_MEMBER, "}", CLOSE);

for (let byte = 0x20; byte < 256; byte += 1) GRAMMAR.setUint8(STRING * 256 + byte, STRING);
on(STRING, '"', END_STRING);
on(STRING, "\\", BEGIN_ESCAPE);
on(ESCAPE, '"\\/bfnrt', RESUME_STRING);
on(ESCAPE, "u", HEX);
for (let digit = 0; digit < 4; digit += 1) {
  on(HEX + digit, `${DIGITS}abcdefABCDEF`, digit === 3 ? RESUME_STRING : HEX + digit + 1);
}

for (const state of WHOLE_NUMBERS) on(state, `${SPACES},]}`, END_NUMBER);
on(SIGN, "0", ZERO);
on(SIGN, "123456789", WHOLE);
on(WHOLE, DIGITS, WHOLE);
for (const state of [POINT, FRACTION]) on(state, DIGITS, FRACTION);
for (const state of [EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS]) on(state, DIGITS, EXPONENT_DIGITS);
for (const state of [ZERO, WHOLE]) on(state, ".", POINT);
for (const state of [ZERO, WHOLE, FRACTION]) on(state, "eE", EXPONENT);
on(EXPONENT, "+-", EXPONENT_SIGN);

let free = LITERAL;
for (const literal of ["true", "false", "null"]) {
  const [first = "", ...rest] = literal;
  for (const state of [START, VALUE, FIRST_ELEMENT]) on(state, first, free);
  for (const [index, letter] of rest.entries()) {
    on(free, letter, index === rest.length - 1 ? END_LITERAL : free + 1);
    free += 1;
  }
}
