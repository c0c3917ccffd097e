/**
 * The CRC-32 of all bytes in a row, as zip and PNG have it.
 *
 * @see ISO/IEC 3309; PNG specification, annex D, https://www.w3.org/TR/png-3/#D-CRCAppendix
 */
export function crc32(parts: Iterable<Uint8Array>): number {
  const table = crcTable();
  let crc = 0xffffffff;
  for (const bytes of parts) {
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function crcTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
}
