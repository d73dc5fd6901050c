/** A value or its absence as one argument: scripts cannot be handed `undefined`. */
export function toArgument(value: string | undefined): string {
  return value === undefined ? "" : `+${value}`;
}

/**
 * Compare-and-set on the exact value, as one act: ARGV[1] takes the place of any of those that follow. Answers
 * how many replicas the server names as online, or -1 where something else is stored. A value that is replaced by
 * itself, absence too, is written anew, so that there is something for replicas to confirm. A user who may not
 * ask INFO gets 0.
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

/** Only who still has the lock may let go of it. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Only who still has the lock may keep it for ARGV[2] milliseconds more. */
export const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
