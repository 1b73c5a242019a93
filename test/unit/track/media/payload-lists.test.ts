import { expect, it } from "vitest";
import { PayloadRole, SdpMedia } from "../../../../src/decode/sdp-media.ts";
import { PayloadLists } from "../../../../src/track/media/payload-lists.ts";

function sectionWith(...types: readonly number[]): SdpMedia {
  const media = new SdpMedia();
  media.begin();
  for (const type of types) media.addFormat(type);
  return media;
}

it("keeps one list for all sections that have the same types", () => {
  const lists = new PayloadLists();
  const first = lists.of(sectionWith(0, 8, 13));
  expect(lists.of(sectionWith(13, 8, 0))).toBe(first);
  expect([first[0], first[8], first[13], first[9]]).toEqual([
    PayloadRole.MEDIA,
    PayloadRole.MEDIA,
    PayloadRole.COMFORT_NOISE,
    PayloadRole.NONE,
  ]);
  expect(lists.of(sectionWith(0, 8, 9, 13))).not.toBe(first);
});

it("knows the list of a new call after thousands of a stranger's", () => {
  const lists = new PayloadLists();
  for (let a = 96; a < 128; a++) {
    for (let b = 0; b < 96; b++) lists.of(sectionWith(a, b, 127));
  }
  const roles = lists.of(sectionWith(8, 0, 101));
  expect([roles[0], roles[8], roles[101], roles[3]]).toEqual([1, 1, 1, PayloadRole.NONE]);
  expect(lists.of(sectionWith(0, 8, 101))).toBe(roles);
});
