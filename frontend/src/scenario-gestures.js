// Hands on the map: what a click, a move, a double click or a key does under the tool that is chosen.
import { blank } from "./scenario-draft.js";
import { onLine, onPlace } from "./scenario-snap.js";

// Nobody walks along a fast road.
const WAYS = ["street-path", "street-minor", "street-main"];
const pair = (lngLat) => [Number(lngLat.lng.toFixed(7)), Number(lngLat.lat.toFixed(7))];
const LOOK_UP_MS = 120;

export function gestures(map, config, edits, drawn, { options, known, stretch, chosenTool, said }) {
  let line = []; // points set of the way that is being drawn
  let taken = null; // the facility that is being moved
  let looked = 0;
  let picked = null; // the stretch under the cursor

  const tool = () => config.tools[chosenTool()];
  const fresh = (more) => ({ ...blank(chosenTool()), ...options(), ...more });
  const snapped = (point) => onLine(map, point, WAYS)?.lngLat ?? map.unproject(point);

  function stop() {
    const was = line.length > 0 || taken !== null;
    line = [];
    taken = null;
    picked = null;
    drawn.hint(null);
    edits.letGo();
    return was;
  }

  function finish() {
    if (tool()?.gesture !== "line" || line.length < 2) return false;
    const edit = fresh({ line });
    line = [];
    edits.letGo();
    edits.add(edit);
    return true;
  }

  const facts = ({ properties, geometry }) => ({
    target: properties.key,
    at: geometry.type === "Point" ? geometry.coordinates.slice(0, 2) : null,
  });

  function knownAt(point) {
    if (tool().layer !== "compounds") {
      const hit = onPlace(map, point, "known");
      return hit && { ...facts(hit), name: hit.properties.name };
    }
    const hit = onPlace(map, point, "known-compounds", 1);
    return hit && known(hit.id ?? hit.properties.place);
  }

  // What an edit would be if the click came here; null if nothing can be done here.
  function here(point) {
    const asked = tool();
    if (!asked) return null;
    switch (asked.gesture) {
      case "line": {
        const end = pair(snapped(point));
        drawn.hint(onLine(map, point, WAYS) ? { type: "Point", coordinates: end } : null);
        return line.length ? fresh({ line: [...line, end] }) : null;
      }
      case "point":
        return fresh({ line: [pair(map.unproject(point))] });
      case "pick": {
        const found = knownAt(point);
        return found && fresh(found);
      }
      case "pick_or_point": {
        const found = knownAt(point);
        if (found) return fresh({ ...found, line: found.at ? [found.at] : [] });
        const at = onLine(map, point, ["walls", "known-compounds"]);
        drawn.hint(at ? { type: "Point", coordinates: pair(at.lngLat) } : null);
        return at && fresh({ line: [pair(at.lngLat)] });
      }
      case "move":
        return taken && fresh({ ...taken, line: [pair(map.unproject(point))] });
      case "stretch":
        look(point);
        return picked && fresh({ line: picked });
      default:
        return null;
    }
  }

  async function look(point, at_once = false) {
    if (!at_once && performance.now() - looked < LOOK_UP_MS) return;
    looked = performance.now();
    const near = onLine(map, point, WAYS);
    if (!near) {
      picked = null;
      drawn.hint(null);
      return;
    }
    picked = await stretch(near.lngLat);
    drawn.hint(picked ? { type: "LineString", coordinates: picked } : null);
  }

  async function set(point) {
    const asked = tool();
    if (asked.gesture === "line") {
      line = [...line, pair(snapped(point))];
      said(line.length === 1 ? config.words.first_point : config.words.next_point);
      return edits.hold({ ...fresh({ line }), partial: line.length < 2 });
    }
    if (asked.gesture === "move" && !taken) {
      taken = knownAt(point);
      return said(taken ? config.words.now_place : config.words.nothing_here);
    }
    if (asked.gesture === "stretch") await look(point, true);
    const edit = here(point);
    if (!edit) return said(config.words.nothing_here);
    edits.letGo();
    taken = null;
    edits.add(edit);
    return undefined;
  }

  map.on("mousemove", (event) => {
    if (!tool()) return;
    const edit = here(event.point);
    if (edit && tool().gesture !== "stretch") edits.hold(edit);
    else if (!edit && !line.length) edits.letGo();
    if (edit && tool().gesture === "stretch") edits.hold(edit);
  });
  map.getCanvas().addEventListener("mouseleave", () => line.length || edits.letGo());
  map.on("click", (event) => {
    if (tool()) set(event.point);
    else edits.choose(-1);
  });
  map.on("dblclick", (event) => {
    if (tool()?.gesture !== "line") return;
    event.preventDefault();
    // The two clicks of a double click have set the last point twice.
    if (line.length > 2) line = line.slice(0, -1);
    finish();
  });

  const middle = () => {
    const { clientWidth, clientHeight } = map.getCanvas();
    return { x: clientWidth / 2, y: clientHeight / 2 };
  };
  return {
    stop,
    finish,
    // The keyboard's hand: the middle of the map, which the arrow keys move.
    setAtMiddle: () => set(middle()),
    moveTo(lngLat) {
      return pair(snapped(map.project(lngLat)));
    },
    get isDrawing() {
      return line.length > 0 || taken !== null;
    },
  };
}
