import * as pulumi from "@pulumi/pulumi";
import { type RotationCodeOptions, rotationCode } from "./bundle";

/** The rotation function as Lambda takes it: an archive with its one file, `index.js`. The same sources give the same archive. */
export function rotationArchive(options: RotationCodeOptions = {}): pulumi.asset.Archive {
  const file = new pulumi.asset.StringAsset(rotationCode(options));
  return new pulumi.asset.AssetArchive({ "index.js": file });
}
