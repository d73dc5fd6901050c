/** Encodes a value or its absence as one argument, since scripts have no `undefined`. */
export function toArgument(value: string | undefined): string {
  return value === undefined ? "" : `+${value}`;
}

/**
 * Compare-and-set on the exact value, atomically: ARGV[1] replaces any of the values that follow it. Returns the number
 * of replicas that are online, or -1 if another value is stored. A value that replaces itself, absence included, is
 * written again, so that there is a write for replicas to confirm. A user without the permission for INFO gets 0.
 */
export const REPLACE = `
local current = redis.call('GET', KEYS[1])
current = current and '+' .. current or ''
local expected = false
for i = 2, #ARGV do expected = expected or current == ARGV[i] end
if not expected then return -1 end
redis.call('SET', KEYS[1], string.sub(ARGV[1], 2))
if ARGV[1] == '' then redis.call('DEL', KEYS[1]) end
local info = redis.pcall('INFO', 'replication')
if type(info) ~= 'string' then return 0 end
return select(2, string.gsub(info, 'state=online', ''))`;

/** Deletes the lock if the caller still holds it. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Extends the lock to ARGV[2] milliseconds if the caller still holds it. */
export const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Tells if the stored bytes are those of the argument. A client decodes bytes that are not UTF-8 to another text. */
export const IS_STORED = `
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0`;

/** Moves a key with its bytes, whatever its type. */
export const MOVE = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end`;

/** Adds to the fields of a hash, and keeps it for ARGV[1] milliseconds. */
export const ADD_SUMS = `
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** Returns a hash as a list in every version of the protocol. */
export const READ_SUMS = `
return redis.call('HGETALL', KEYS[1])`;
