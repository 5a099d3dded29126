// Makes a stylesheet fit for both directions of writing: sides become starts and ends. Reads and writes one file.
import { readFileSync, writeFileSync } from "node:fs";

const [, , path, notice] = process.argv;
const SIDES = { left: "start", right: "end" };
// A property that names a side, at its start: `margin-left`, `border-right-color`, `left`.
const PROPERTY = /(?<=[{;])(margin|padding|border)-(left|right)(-(?:width|color|style))?(?=:)/g;
const PLACE = /(?<=[{;])(left|right)(?=:)/g;
const KEYWORD = /(?<=[{;])(text-align|float|clear):(left|right)(?=[;}!])/g;
// Four lengths whose second and fourth differ say left and right as well.
const SHORTHAND = /(?<=[{;])(margin|padding|border-width):([^;}()!\s]+) ([^;}()!\s]+) ([^;}()!\s]+) ([^;}()!\s]+)(?=[;}])/g;

const keyword = (property, side) => (property === "text-align" ? SIDES[side] : `inline-${SIDES[side]}`);
const apart = (property, top, end, bottom, start) => {
  if (end === start) return `${property}:${top} ${end} ${bottom} ${start}`;
  const [stem, tail] = property === "border-width" ? ["border", "-width"] : [property, ""];
  const sides = { "block-start": top, "inline-end": end, "block-end": bottom, "inline-start": start };
  return Object.entries(sides).map(([side, value]) => `${stem}-${side}${tail}:${value}`).join(";");
};

const css = readFileSync(path, "utf8")
  .replace(PROPERTY, (_, property, side, tail = "") => `${property}-inline-${SIDES[side]}${tail}`)
  .replace(PLACE, (_, side) => `inset-inline-${SIDES[side]}`)
  .replace(KEYWORD, (_, property, side) => `${property}:${keyword(property, side)}`)
  .replace(SHORTHAND, (_, property, ...four) => apart(property, ...four.slice(0, 4)));
writeFileSync(path, readFileSync(notice, "utf8") + css);
