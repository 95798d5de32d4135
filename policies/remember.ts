/** How many answers are kept: a program has few names and types, and texts that many rules ask for. */
const KEPT = 20_000;

/** The same function, which works out each text once as long as not too many are asked for. It must answer by the text alone. */
export function remember<T>(workOut: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const answer = known.get(text);
    // Undefined is an answer too.
    if (answer !== undefined || known.has(text)) return answer as T;
    const found = workOut(text);
    if (known.size >= KEPT) known.clear();
    known.set(text, found);
    return found;
  };
}
