/** SSH keys of the fake host and its user, made for one run. */
import { utils } from "ssh2";

/** Both keys as OpenSSH writes them. */
export interface SshKeyPair {
  readonly private: string;
  readonly public: string;
}

/** A new Ed25519 pair. */
export function newSshKeyPair(): SshKeyPair {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    // ssh2 1.17 drops zeros at the beginning of a key itself, so that one pair in some 200 comes out short.
    if (![pair.private, pair.public].some((key) => utils.parseKey(key) instanceof Error))
      return pair;
  }
}
