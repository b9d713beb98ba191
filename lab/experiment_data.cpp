#include "lab/experiment_data.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>

#include "lab/csv.h"
#include "lab/histogram_log.h"
#include "lab/statistics.h"

namespace trunkline::lab {
namespace {

constexpr double kNsPerUs = 1000;

// "c12.shown": the cell, and what of it.
struct Tag {
  std::size_t cell = 0;
  std::string_view what;
};
std::optional<Tag> tag_of(std::string_view text) {
  Tag tag;
  if (!text.starts_with('c')) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto found = std::from_chars(text.data() + 1, end, tag.cell);
  if (found.ec != std::errc() || found.ptr == end || *found.ptr != '.') return std::nullopt;
  tag.what = text.substr(static_cast<std::size_t>(found.ptr + 1 - text.data()));
  return tag;
}

const RecordedCell* finished(const RecordedLaunch& launch, std::size_t cell) {
  for (const RecordedCell& run : launch.cells) {
    if (run.cell == cell) return &run;
  }
  return nullptr;
}

SeriesRun series_of(const RecordedCell& run, std::string series, const Histogram& times) {
  SeriesRun row{&run, std::move(series), times.count(), times.mean() / kNsPerUs, {}, {}};
  const auto fill = [&times](auto& values, const auto& percentiles) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<double>(times.at(percentiles[i].quantile)) / kNsPerUs;
    }
  };
  fill(row.values_us, kFarPercentiles);
  fill(row.curve_us, kCurve);
  return row;
}

// Calls for each interval of a cell that the launch finished.
template <class OnCell>
void read_log(const RecordedLaunch& launch, const char* file, const OnCell& on_cell) {
  const std::string path = launch.directory + "/" + file;
  std::ifstream in(path);
  read_interval_log(in, path, [&](std::string_view text, double, double, const Histogram& times) {
    const auto tag = tag_of(text);
    const RecordedCell* run = tag ? finished(launch, tag->cell) : nullptr;
    if (run != nullptr) on_cell(*run, std::string(tag->what), times);
  });
}

// The intervals of each cell and series, added up.
using Sums = std::map<std::pair<const RecordedCell*, std::string>, Histogram>;
Sums sums_in(const RecordedLaunch& launch, const char* file) {
  Sums sums;
  read_log(launch, file,
           [&](const RecordedCell& run, const std::string& what, const Histogram& times) {
             sums[{&run, what}].add(times);
           });
  return sums;
}

void read_end_to_end(const RecordedLaunch& launch, ExperimentData& data) {
  for (const auto& [key, times] : sums_in(launch, "e2e.hlog")) {
    const auto& [run, what] = key;
    if (times.count() == 0) continue;
    data.series.push_back(series_of(*run, what, times));
    if (!run->counts() || what == "lateness") continue;
    data.pooled[{run->arm, run->cell, what}].add(times);
    if (run->cell == data.headline && what == "shown") data.headline_shown.push_back({run, times});
  }
}

// "wait:FROM-TO" and "waits" are by postcards; the others by stamps. "doorbell:FROM-TO" is the part
// of a hop that such a rank took.
std::string name_of_hop_log(const std::string& what) {
  constexpr std::string_view kWait = "wait.", kIdle = "idle.";
  if (what.starts_with(kIdle)) {
    const std::size_t dot = what.find('.', kIdle.size());
    return what.substr(kIdle.size(), dot - kIdle.size()) + ":" + what.substr(dot + 1);
  }
  if (what == "wait.end_to_end") return "waits";
  if (what.starts_with(kWait)) return "wait:" + what.substr(kWait.size());
  return what == "end_to_end" ? what : "hop:" + what;
}

void read_hops(const RecordedLaunch& launch, ExperimentData& data) {
  for (const auto& [key, times] : sums_in(launch, "hops.hlog")) {
    const auto& [run, what] = key;
    if (times.count() == 0) continue;
    data.series.push_back(series_of(*run, name_of_hop_log(what), times));
  }
}

// A pair of places has one interval, so none is kept.
void read_pairs(const RecordedLaunch& launch, ExperimentData& data) {
  read_log(launch, "pairs.hlog",
           [&](const RecordedCell& run, const std::string& what, const Histogram& times) {
             data.series.push_back(series_of(run, "pair:" + what, times));
           });
}

void read_seconds(const RecordedLaunch& launch, ExperimentData& data) {
  const std::string path = launch.directory + "/series.csv";
  std::ifstream in(path);
  const RecordedCell* run = finished(launch, data.headline);
  read_csv(in, path, [&](const CsvRow& row) {
    if (run == nullptr || row.number("cell") != static_cast<double>(data.headline)) return;
    if (row.number("second") >= run->measured_s.value_or(INFINITY)) return;  // the drain
    data.seconds.push_back({launch.number, row.number("second"), row.number("shown_p50_us"),
                            row.number("shown_p99_us"), row.number("shown_max_us"),
                            row.number("backlog"), row.number("hiccup_max_us")});
  });
}

void read_clock(const RecordedLaunch& launch, ExperimentData& data) {
  const std::string path = launch.directory + "/clock.csv";
  std::ifstream in(path);
  read_csv(in, path, [&](const CsvRow& row) {
    if (row.text("low_ns").empty()) return;  // of an algorithm without a bound
    data.clock.push_back({launch.number, row.text("host"), row.number("at_s"), row.number("low_ns"),
                          row.number("middle_ns"), row.number("high_ns")});
  });
}

}  // namespace

std::string_view direction_of(std::string_view series) {
  if (series == "stored") return "rtt";
  return series == "lateness" ? "none" : "one-way";
}

bool enough_for(std::uint64_t n, double quantile) {
  return quantile == 1 ? n > 0 : n >= samples_needed(quantile);
}

const Histogram* ExperimentData::pooled_of(const std::string& arm, std::size_t cell,
                                           const std::string& series_name) const {
  const auto found = pooled.find({arm, cell, series_name});
  return found == pooled.end() ? nullptr : &found->second;
}

ExperimentData read_data(const RecordedExperiment& experiment) {
  ExperimentData data;
  data.headline = headline_cell(experiment);
  for (const RecordedLaunch& launch : experiment.launches) {
    read_end_to_end(launch, data);
    read_hops(launch, data);
    read_pairs(launch, data);
    read_seconds(launch, data);
    read_clock(launch, data);
  }
  return data;
}

}  // namespace trunkline::lab
