import { describe, expect, it } from "vitest";
import { readStories, tell } from "../support/ofproto-story.ts";

describe("multicast snooping, as the real one", () => {
  it.each(readStories("mcast").map((story) => [story.name, story] as const))("%s", (_, story) => {
    for (const { asked, real, ours } of tell(story)) expect(ours, JSON.stringify(asked)).toEqual(real);
  });
});
