/**
 * Says how far a job is, as rekey hands it on to whoever runs the update: the name of the job's service and whole numbers, and nothing else.
 * The last such line of a run counts.
 */
export function progress(service: string, counts: Readonly<Record<string, number>>): void {
  const told = Object.entries(counts).map(([name, count]) => `${name}=${count}`);
  process.stdout.write(`rekey-progress ${[service, ...told].join(" ")}\n`);
}
