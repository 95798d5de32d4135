import { answerOf, ask } from "./ask";
import { KnownIssuer, identityOf, partOf } from "./issuer";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Proxmox VE: `GET /api2/json/version`, which every token may read, with `PVEAPIToken=USER@REALM!TOKENID=UUID`. A token's secret
 * never changes, so the id (`tokenId`) must be that of the token it was issued for.
 */
export const proxmox: KnownIssuer = {
  id: "proxmox",
  title: "Proxmox VE",
  page: "Datacenter, Permissions, API Tokens in Proxmox VE",
  identity: "tokenId",
  misfit: (parts) =>
    UUID.test(partOf(parts, "secret").reveal()) ? undefined : "token secret is no UUID",
  async probe(parts, asking) {
    const id = identityOf("tokenId", parts, asking);
    const authorization = `PVEAPIToken=${id}=${partOf(parts, "secret").reveal()}`;
    return answerOf(await ask(`${asking.url}/api2/json/version`, { headers: { authorization } }));
  },
};
