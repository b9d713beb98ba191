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

struct Tracing {
  const char* name;
  const char* trace;
  TraceMode mode = TraceMode::in_band;
};
constexpr Tracing kTracings[] = {{"off", "off"},
                                 {"pad", "pad"},
                                 {"1:64", "1:64"},
                                 {"all", "all"},
                                 {"postcards, all", "all", TraceMode::postcard},
                                 {"half, drawn", "1:2"}};
constexpr std::size_t kPad = 1, kUsual = 2, kDrawn = std::size(kTracings) - 1;

std::vector<double> column(const std::vector<LaunchMedians>& launches, std::size_t cell) {
  std::vector<double> values;
  for (const LaunchMedians& launch : launches) values.push_back(launch.cells[cell]);
  return values;
}

// Within each launch, so that what launches differ by is not in it.
std::vector<double> shifts(const std::vector<LaunchMedians>& launches, std::size_t cell) {
  std::vector<double> values;
  for (const LaunchMedians& launch : launches) {
    values.push_back(launch.cells[cell] - launch.cells[kPad]);
  }
  return values;
}

std::vector<double> drawn_shifts(const std::vector<LaunchMedians>& launches) {
  std::vector<double> values;
  for (const LaunchMedians& launch : launches) values.push_back(launch.traced - launch.padded);
  return values;
}

std::string shift_text(const std::vector<double>& differences, double middle) {
  std::string text = format("  %+8.2f", median(differences));
  const auto interval = median_interval(differences);
  if (!interval) return text + "  [too few launches]\n";
  return text + format("  [%+.2f, %+.2f]  half width %.2f %% of the median\n", interval->low,
                       interval->high, 50 * (interval->high - interval->low) / middle);
}

std::string row(const std::vector<LaunchMedians>& launches, std::size_t cell) {
  const double middle = median(column(launches, cell));
  const std::string text = format("%-15s %10.1f", kTracings[cell].name, middle);
  if (cell == kPad) return text + "\n";
  return text + shift_text(shifts(launches, cell), middle);
}

std::string drawn_row(const std::vector<LaunchMedians>& launches) {
  std::vector<double> padded;
  for (const LaunchMedians& launch : launches) padded.push_back(launch.padded);
  return "traced against padded messages of one cell, where each message drew:\n" +
         format("%-15s %10.1f", "drawn", median(padded)) +
         shift_text(drawn_shifts(launches), median(padded));
}

bool includes_zero(const std::vector<double>& differences) {
  if (differences.empty()) return false;
  const auto interval = median_interval(differences);
  return interval && interval->low <= 0 && interval->high >= 0;
}

}  // namespace

std::vector<Cell> overhead_cells(const Cell& cell) {
  std::vector<Cell> cells;
  for (const Tracing& tracing : kTracings) {
    cells.push_back(cell);
    cells.back().trace = tracing.trace;
    cells.back().trace_mode = tracing.mode;
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
    LaunchMedians launch;
    try {
      for (std::string line; std::getline(file, line);) {
        const json::value cell = json::parse(line);
        const auto place = cell.at("cell").to_number<std::size_t>();
        medians[place] = cell.at("shown_us").at("p50").to_number<double>();
        if (place != kDrawn) continue;
        launch.traced = cell.at("traced_us").at("p50").to_number<double>();
        launch.padded = cell.at("padded_us").at("p50").to_number<double>();
      }
    } catch (const std::exception& problem) {
      throw std::runtime_error(path + ": " + problem.what());
    }
    if (medians.size() != cells) continue;
    for (const auto& [_, us] : medians) launch.cells.push_back(us);
    launches.push_back(std::move(launch));
  }
}

std::string overhead_text(const std::vector<LaunchMedians>& launches) {
  if (launches.empty()) return "no launch finished\n";
  std::string text = format(
      "tracing, %zu launches: median latency in us, one-way; shift against "
      "messages with an empty block of stamps [95 %%]\n",
      launches.size());
  for (std::size_t cell = 0; cell < std::size(kTracings); ++cell) text += row(launches, cell);
  text += drawn_row(launches);
  text += tracing_cannot_be_told(launches)
              ? "1:64 cannot be told from pad"
              : "1:64 can be told from pad, or there are too few launches";
  return text + (traced_messages_cannot_be_told(launches)
                     ? "; a traced message cannot be told from a padded one\n"
                     : "; a traced message can be told from a padded one, or they are too few\n");
}

bool tracing_cannot_be_told(const std::vector<LaunchMedians>& launches) {
  return includes_zero(shifts(launches, kUsual));
}

bool traced_messages_cannot_be_told(const std::vector<LaunchMedians>& launches) {
  return includes_zero(drawn_shifts(launches));
}

}  // namespace trunkline::lab
