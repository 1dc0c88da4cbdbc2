// Questions to the server about the edits: one at a time, and always the newest; what has been overtaken is not asked.
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

export async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify(body),
  });
  const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  return { ok: answer.ok, status: answer.status, told };
}

export function asker(url, { answered, failed, busy }) {
  let waiting = null;
  let running = false;

  async function run() {
    running = true;
    busy(true);
    while (waiting) {
      const asked = waiting;
      waiting = null;
      try {
        const { ok, told } = await post(url, asked.body);
        if (ok) answered(told, asked);
        else failed(told, asked);
      } catch {
        failed({}, asked);
      }
    }
    running = false;
    busy(false);
  }

  return (body) => {
    waiting = { body, at: performance.now() };
    if (!running) run();
  };
}
