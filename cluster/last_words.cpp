#include "cluster/last_words.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace trunkline::cluster {
namespace {

// What stands behind `mark`, if the line has it.
std::string_view behind(std::string_view line, std::string_view mark) {
  const auto at = line.find(mark);
  return at == std::string_view::npos ? std::string_view() : line.substr(at + mark.size());
}

std::string cause_in(std::string_view line) {
  // mpirun noticed that process rank 1 with PID 0 on node X exited on signal 9 (Killed).
  if (const auto rank = behind(line, "noticed that process "); !rank.empty()) {
    const auto how = rank.find("exited on signal");
    if (how == std::string_view::npos) return {};
    std::string cause(rank.substr(0, rank.find(" with PID")));
    cause += " ";
    cause += rank.substr(how);
    if (cause.back() == '.') cause.pop_back();
    return cause;
  }
  // trunkline-rank: rank 1: DIRECTORY is in use by process 4711; ...
  if (line.starts_with("trunkline-rank: ")) return std::string(behind(line, ": "));
  // 2026-11-25T23:59:59.000 rank 0 error: neighbour_silent: ...
  const std::string_view logged = behind(line, " ");
  if (logged.starts_with("rank ")) {
    const auto error = logged.find(" error: ");
    if (error == std::string_view::npos || error > 12) return {};
    return std::string(logged.substr(0, error)) + ": " + std::string(behind(logged, " error: "));
  }
  if (line.find(": broken invariant: ") != std::string_view::npos) return std::string(line);
  return {};
}

}  // namespace

std::string last_words(std::string_view log) {
  std::string overdue;
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find('\n'));
    if (std::string cause = cause_in(line); !cause.empty()) {
      if (cause.find("leave_overdue") == std::string::npos) return cause;
      if (overdue.empty()) overdue = std::move(cause);
    }
    log.remove_prefix(std::min(log.size(), line.size() + 1));
  }
  return overdue;
}

std::string written_since(const std::string& path, std::size_t from) {
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(from));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace trunkline::cluster
