const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/;

/** Whether a host is this machine's own loopback, where nobody listens in. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
