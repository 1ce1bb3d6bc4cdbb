/** What the SDK was asked for did not come: some of its promises never settle. */
export class TooLong extends Error {}

/** The promise, or `TooLong` after a while. */
export function within<Value>(limitMs: number, promise: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout>;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLong('The server did not answer in time.')), limitMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
