// Charts: drawn one after the other, so that the text above can be read meanwhile.
async function drawCharts() {
  const options = {
    renderer: "svg",
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  for (let i = 0; i < charts.length; i++) {
    const place = document.getElementById("chart-" + (i + 1));
    try {
      await vegaEmbed(place, charts[i], options);
    } catch (error) {
      place.textContent = "This chart could not be drawn: " + error.message;
    }
  }
}
if (charts.length) drawCharts();

// Tables: a click on a head sorts by it, a second one the other way round. Numbers sort as numbers;
// infinities, then blanks, come last either way.
function rank(cell) {
  if (!cell.textContent.trim()) return 2;
  return cell.dataset.value && !Number.isFinite(Number(cell.dataset.value)) ? 1 : 0;
}

function number(cell) {
  const value = Number(cell.dataset.value);
  return cell.dataset.value && !Number.isNaN(value) ? value : cell.dataset.value === "inf" ? 1 : -1;
}

function compare(one, other, numeric, sign) {
  const ranks = rank(one) - rank(other);
  if (ranks) return ranks;
  if (numeric) return sign * (number(one) - number(other));
  return sign * one.textContent.localeCompare(other.textContent, undefined, { numeric: true });
}

document.querySelectorAll("th button").forEach((button) => {
  button.addEventListener("click", () => {
    const head = button.parentElement;
    const body = head.closest("table").tBodies[0];
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const numeric = head.classList.contains("number");
    const rows = Array.from(body.rows);
    rows.sort((a, b) =>
      compare(a.cells[head.cellIndex], b.cells[head.cellIndex], numeric, sign));
    head.parentElement.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    body.append(...rows);
  });
});
