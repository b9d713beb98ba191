#include "lab/overhead.h"

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <stdexcept>

#include "lab/format.h"
#include "lab/launch_record.h"
#include "lab/statistics.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr const char* kTraces[] = {"off", "pad", "1:64", "all"};
constexpr std::size_t kPad = 1, kUsual = 2;

std::vector<double> column(const std::vector<LaunchMedians>& launches, std::size_t cell) {
  std::vector<double> values;
  for (const LaunchMedians& launch : launches) values.push_back(launch[cell]);
  return values;
}

// Within each launch, so that what launches differ by is not in it.
std::vector<double> shifts(const std::vector<LaunchMedians>& launches, std::size_t cell) {
  std::vector<double> values;
  for (const LaunchMedians& launch : launches) values.push_back(launch[cell] - launch[kPad]);
  return values;
}

std::string row(const std::vector<LaunchMedians>& launches, std::size_t cell) {
  const double middle = median(column(launches, cell));
  std::string text = format("%-6s %10.1f", kTraces[cell], middle);
  if (cell == kPad) return text + "\n";
  const std::vector<double> differences = shifts(launches, cell);
  text += format("  %+8.2f", median(differences));
  const auto interval = median_interval(differences);
  if (!interval) return text + "  [too few launches]\n";
  return text + format("  [%+.2f, %+.2f]  half width %.2f %% of the median\n", interval->low,
                       interval->high, 50 * (interval->high - interval->low) / middle);
}

}  // namespace

std::vector<Cell> overhead_cells(const Cell& cell) {
  std::vector<Cell> cells;
  for (const char* trace : kTraces) {
    cells.push_back(cell);
    cells.back().trace = trace;
  }
  return cells;
}

std::vector<LaunchMedians> read_medians(const std::string& directory, std::size_t cells) {
  std::vector<LaunchMedians> launches;
  for (std::size_t number = 1;; ++number) {
    const std::string path = launch_directory(directory, number) + "/cells.jsonl";
    std::ifstream file(path);
    if (!file) return launches;
    std::map<std::size_t, double> medians;
    try {
      for (std::string line; std::getline(file, line);) {
        const json::value cell = json::parse(line);
        medians[cell.at("cell").to_number<std::size_t>()] =
            cell.at("shown_us").at("p50").to_number<double>();
      }
    } catch (const std::exception& problem) {
      throw std::runtime_error(path + ": " + problem.what());
    }
    if (medians.size() != cells) continue;
    launches.emplace_back();
    for (const auto& [_, us] : medians) launches.back().push_back(us);
  }
}

std::string overhead_text(const std::vector<LaunchMedians>& launches) {
  if (launches.empty()) return "no launch finished\n";
  std::string text = format(
      "tracing, %zu launches: median latency in us, one-way; shift against "
      "messages with an empty block of stamps [95 %%]\n",
      launches.size());
  for (std::size_t cell = 0; cell < std::size(kTraces); ++cell) text += row(launches, cell);
  return text + (tracing_cannot_be_told(launches)
                     ? "1:64 cannot be told from pad\n"
                     : "1:64 can be told from pad, or there are too few launches\n");
}

bool tracing_cannot_be_told(const std::vector<LaunchMedians>& launches) {
  if (launches.empty()) return false;
  const auto interval = median_interval(shifts(launches, kUsual));
  return interval && interval->low <= 0 && interval->high >= 0;
}

}  // namespace trunkline::lab
