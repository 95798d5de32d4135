const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `first` at the first SIGINT or SIGTERM, in place of the end of this process; a second one ends it by that signal.
 *
 * @returns stops listening: from then on every signal ends the process again.
 */
export function onFirstSignal(first: (signal: NodeJS.Signals) => void): () => void {
  let seen = false;
  const listen = (signal: NodeJS.Signals) => {
    if (seen) return endBy(signal);
    seen = true;
    first(signal);
  };
  const forget = () => SIGNALS.forEach((signal) => process.removeListener(signal, listen));
  const endBy = (signal: NodeJS.Signals) => {
    forget();
    process.kill(process.pid, signal);
  };
  // It listens on after the first: what starts processes for us ends this one where nobody else listens.
  SIGNALS.forEach((signal) => process.on(signal, listen));
  return forget;
}
