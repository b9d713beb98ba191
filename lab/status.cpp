#include "lab/status.h"

#include <boost/json.hpp>

#include "lab/format.h"
#include "lab/whole_file.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr const char* kFileName = "/status.json";
constexpr double kSliceLeastS = 0.5;

std::string duration(double seconds) {
  if (seconds < 100) return format("%.0f s", seconds);
  if (seconds < 6000) return format("%.0f min", seconds / 60);
  return format("%.1f h", seconds / 3600);
}

}  // namespace

double seconds_of(const Cell& cell) {
  return cell.warmup_s + cell.measured_s;
}

void write_status(const std::string& directory, const Status& status) {
  const json::object object{{"title", status.title},     {"phase", status.phase},
                            {"arm", status.arm},         {"label", status.label},
                            {"launch", status.launch},   {"launches", status.launches},
                            {"cell", status.cell},       {"cells", status.cells},
                            {"seconds", status.seconds}, {"of_seconds", status.of_seconds},
                            {"eta_s", status.eta_s},     {"shown_per_s", status.shown_per_s},
                            {"p50_us", status.p50_us},   {"p99_us", status.p99_us},
                            {"max_us", status.max_us},   {"backlog", status.backlog}};
  write_whole(directory + kFileName, json::serialize(object) + "\n");
}

std::optional<Status> read_status(const std::string& directory) {
  const auto text = read_whole(directory + kFileName);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  const json::value value = json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  const json::object& object = value.as_object();
  Status status;
  try {
    const auto words = [&](const char* name) {
      return json::value_to<std::string>(object.at(name));
    };
    const auto number = [&](const char* name) { return object.at(name).to_number<double>(); };
    const auto count = [&](const char* name) { return object.at(name).to_number<std::size_t>(); };
    status = {words("title"),    words("phase"),       words("arm"),     words("label"),
              count("launch"),   count("launches"),    count("cell"),    count("cells"),
              number("seconds"), number("of_seconds"), number("eta_s"),  number("shown_per_s"),
              number("p50_us"),  number("p99_us"),     number("max_us"), number("backlog")};
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return status;
}

void write_over(const std::string& directory) {
  Status status = read_status(directory).value_or(Status());
  status.phase = kPhaseOver;
  status.eta_s = 0;
  write_status(directory, status);
}

std::string status_line(const Status& status) {
  std::string line = format("launch %zu of %zu", status.launch, status.launches);
  if (!status.arm.empty()) line += " (" + status.arm + ")";
  if (!status.label.empty()) {
    line += format(", cell %zu of %zu: ", status.cell + 1, status.cells) + status.label;
  }
  line += ": " + status.phase;
  if (status.phase == kPhaseOver) return line;
  if (status.of_seconds > 0) line += format(" %.0f of %.0f s", status.seconds, status.of_seconds);
  if (status.p50_us > 0) {
    line += format(", %.0f/s, p50 %.0f us, p99 %.0f us", status.shown_per_s, status.p50_us,
                   status.p99_us);
  }
  return status.eta_s > 0 ? line + ", " + duration(status.eta_s) + " left" : line;
}

StatusKeeper::StatusKeeper(std::string directory, const Experiment& experiment, std::size_t done,
                           std::string arm)
    : directory_(std::move(directory)) {
  status_.title = experiment.title;
  status_.arm = std::move(arm);
  status_.launch = done + 1;
  status_.launches = std::max(experiment.launches * experiment.arms.size(), status_.launch);
  status_.cells = experiment.cells.size();
  for (const Cell& cell : experiment.cells) cells_s_ += seconds_of(cell);
  left_s_ = cells_s_ * static_cast<double>(status_.launches - done);
  write();
}

void StatusKeeper::begin_cell(const Cell& cell) {
  const std::lock_guard lock(mutex_);
  if (!status_.label.empty()) ++status_.cell;
  status_.label = label_of(cell);
  status_.seconds = 0;
  status_.of_seconds = seconds_of(cell);
  warmup_s_ = cell.warmup_s;
  left_s_ -= status_.of_seconds;
}

void StatusKeeper::leave_out(const Cell& cell) {
  const std::lock_guard lock(mutex_);
  if (!status_.label.empty()) ++status_.cell;
  left_s_ -= seconds_of(cell);
}

void StatusKeeper::progress(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  const std::string phase(to_string(progress.phase));
  const bool changed = phase != status_.phase;
  status_.phase = phase;
  if (progress.phase == Phase::warming_up) status_.seconds = progress.seconds_in_phase;
  if (progress.phase == Phase::measuring) status_.seconds = warmup_s_ + progress.seconds_in_phase;
  // While it is measured, the thread of slices writes.
  if (changed) write();
}

void StatusKeeper::slice(const Slice& slice) {
  if (slice.length_s < kSliceLeastS) return;  // what came after the last second
  const std::lock_guard lock(mutex_);
  status_.shown_per_s = static_cast<double>(slice.sums.shown) / slice.length_s;
  status_.p50_us = static_cast<double>(slice.times.shown.at(0.5)) / 1000;
  status_.p99_us = static_cast<double>(slice.times.shown.at(0.99)) / 1000;
  status_.max_us = static_cast<double>(slice.times.shown.max()) / 1000;
  status_.backlog = static_cast<double>(slice.outstanding);
  write();
}

void StatusKeeper::write() {
  status_.eta_s = left_s_ + std::max(0.0, status_.of_seconds - status_.seconds);
  write_status(directory_, status_);
}

}  // namespace trunkline::lab
