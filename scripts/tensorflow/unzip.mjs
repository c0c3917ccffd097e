import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { open } from "yauzl";

/**
 * Unpacks some entries of a zip archive and reads no other.
 *
 * @param placeOf where an entry goes below the folder; undefined leaves it out
 * @returns {Promise<string[]>} the places
 */
export async function unzip(archive, folder, placeOf) {
  const zip = await promisify(open)(archive, { lazyEntries: true });
  const openEntry = promisify(zip.openReadStream.bind(zip));
  const places = [];
  const take = async (entry) => {
    const place = placeOf(entry.fileName);
    if (place === undefined) return;
    const file = join(folder, place);
    mkdirSync(dirname(file), { recursive: true });
    await pipeline(await openEntry(entry), createWriteStream(file));
    places.push(place);
  };
  await new Promise((resolve, reject) => {
    zip.on("error", reject);
    zip.on("end", resolve);
    zip.on("entry", (entry) => take(entry).then(() => zip.readEntry(), reject));
    zip.readEntry();
  }).finally(() => zip.close());
  return places;
}
