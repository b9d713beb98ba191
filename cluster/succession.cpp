#include "cluster/succession.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "cluster/process.h"
#include "wire/cluster_file.h"

namespace trunkline::cluster {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kGoneMs{5'000};
constexpr int kLookAgainMs = 20;

struct Left {
  std::string name, program;
  pid_t pid = -1;
};

pid_t pid_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code bad;
  const auto pid = value == nullptr ? -1 : value->to_number<std::int64_t>(bad);
  return bad ? -1 : static_cast<pid_t>(pid);
}

std::vector<Left> recorded(const std::string& run_directory) {
  const json::object supervisor = read_supervisor_file(run_directory);
  std::vector<Left> all{{"mpirun", "", pid_in(supervisor, "mpirun_pid")}};
  if (const json::value* edges = supervisor.if_contains("edges"); edges && edges->is_array()) {
    for (const json::value& edge : edges->get_array()) {
      if (!edge.is_object()) continue;
      all.push_back({"an edge", "trunkline-edge", pid_in(edge.get_object(), "pid")});
    }
  }
  try {
    const wire::ClusterFile cluster = wire::read_cluster_file(run_directory);
    const json::value* job = supervisor.if_contains("job");
    // Else ranks that somebody started by hand, or a job that never served: those end with mpirun.
    if (job == nullptr || !job->is_string() || job->get_string() != cluster.job) return all;
    for (const wire::RankEntry& rank : cluster.ranks) {
      all.push_back(
          {"rank " + std::to_string(rank.rank), "trunkline-rank", static_cast<pid_t>(rank.pid)});
    }
  } catch (const std::runtime_error&) {
  }
  return all;
}

}  // namespace

json::object read_supervisor_file(const std::string& run_directory) {
  std::ifstream in(run_directory + "/" + kSupervisorFileName);
  std::ostringstream content;
  content << in.rdbuf();
  boost::system::error_code bad;
  json::value value = json::parse(content.str(), bad);
  return !bad && value.is_object() ? value.get_object() : json::object{};
}

Claim::Claim(const std::string& data) {
  const std::string path = data + "/supervisor.lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw std::system_error(errno, std::generic_category(), "cannot write " + path);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    char text[32] = {};
    const ssize_t size = ::pread(lock_, text, sizeof text - 1, 0);
    ::close(lock_);
    const std::string pid = size > 0 ? std::string(text, std::strcspn(text, "\n")) : "unknown";
    throw std::runtime_error(data + " is supervised by process " + pid +
                             "; stop that one first, or give another directory (--data)");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock_, 0) != 0 ||
      ::pwrite(lock_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const int error = errno;
    ::close(lock_);
    throw std::system_error(error, std::generic_category(), "cannot write " + path);
  }
}

Claim::~Claim() {
  ::close(lock_);
}

std::string end_what_was_left(const std::string& data) {
  std::error_code none;
  const std::string run_directory = fs::read_symlink(fs::path(data) / "run", none).string();
  if (none) return {};
  const auto is_left = [&](const Left& one) {
    return one.pid > 0 && is_program(one.pid, one.program) && has_argument(one.pid, run_directory);
  };
  std::string names;
  std::vector<Left> left = recorded(run_directory);
  const auto end = std::chrono::steady_clock::now() + kGoneMs;
  for (bool first = true;; first = false) {
    std::erase_if(left, [&](const Left& one) { return !is_left(one); });
    if (left.empty() || std::chrono::steady_clock::now() > end) break;
    for (const Left& one : left) {
      ::kill(one.pid, SIGKILL);
      if (!first) continue;
      names += (names.empty() ? "" : ", ") + one.name + " (pid " + std::to_string(one.pid) + ")";
    }
    ::poll(nullptr, 0, kLookAgainMs);
  }
  if (!left.empty()) {
    throw std::runtime_error(left.front().name + " of an earlier supervisor cannot be ended, pid " +
                             std::to_string(left.front().pid));
  }
  return names.empty() ? names : "an earlier supervisor died; killed what it left: " + names;
}

}  // namespace trunkline::cluster
