// item-list - parse_item_list of app/test-pmd 22.11: numbers with commas between, as `set txpkts 64,128`.
import type { App } from "../app.ts";

/**
 * The numbers of a list; undefined after a complaint. An empty end counts as 0.
 * what: the items' name in complaints; unique: two equal ones are refused
 */
export function itemList(app: App, text: string, what: string, maximum: number, unique = false): number[] | undefined {
  const complain = (complaint: string): undefined => {
    app.err(`${complaint}\n`);
    return undefined;
  };
  const items: number[] = [];
  let value = "";
  for (const c of text) {
    if (c >= "0" && c <= "9") value += c;
    else if (c !== ",") return complain(`character ${c} is not a decimal digit`);
    else if (value === "" && items.length < maximum) return complain("No valid value before comma");
    else {
      items.push(toUint(value));
      value = "";
    }
  }
  items.push(toUint(value));
  if (items.length > maximum) return complain(`Number of ${what} = ${items.length} > ${maximum} (maximum items)`);
  if (!unique) return items;
  for (const [i, item] of items.entries()) {
    const j = items.indexOf(item, i + 1);
    if (j > 0) return complain(`duplicated ${what} ${item} at index ${i} and ${j}`);
  }
  return items;
}

/** As unsigned int wraps. */
const toUint = (digits: string): number => Number(BigInt(digits === "" ? 0 : digits) & 0xffff_ffffn);
