// Keeps the first rows of a PNG: node cut.mjs FILE ROWS. Rows depend on those above them only, so the rest can be left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const [file, rows] = [process.argv[2], Number(process.argv[3])];
const png = readFileSync(file);
const chunks = [];
for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + png.readUInt32BE(at)) });

const header = Buffer.from(chunks.find((c) => c.type === 'IHDR').data);
const pixels = inflateSync(Buffer.concat(chunks.filter((c) => c.type === 'IDAT').map((c) => c.data)));
const kept = Math.min(rows, header.readUInt32BE(4));
const row = pixels.length / header.readUInt32BE(4);
header.writeUInt32BE(kept, 4);

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};
writeFileSync(file, Buffer.concat([png.subarray(0, 8), chunk('IHDR', header), chunk('IDAT', deflateSync(pixels.subarray(0, kept * row), { level: 9 })), chunk('IEND', Buffer.alloc(0))]));
