#include "cluster/job.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "cluster/last_words.h"

namespace trunkline::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartMs{60'000};  // mpirun on a busy host takes seconds
constexpr milliseconds kGoneMs{2'000};
constexpr milliseconds kLookAgainMs{20};
constexpr const char* kRankProgram = "trunkline-rank";

}  // namespace

Job::Job(const StartOptions& options, std::string programs, std::string log, Events& events)
    : options_(options), programs_(std::move(programs)), log_(std::move(log)), events_(events) {}

void Job::start() {
  Spawn spawn;
  spawn.arguments = job_command(options_, programs_);
  if (::geteuid() == 0) {
    spawn.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
  }
  spawn.log = log_;
  cluster_.reset();
  serves_since_.reset();
  std::error_code absent;
  const auto size = std::filesystem::file_size(log_, absent);
  log_begin_ = absent ? 0 : size;
  try {  // a file that an earlier job left behind is not this job's
    last_job_ = wire::read_cluster_file(options_.run_directory).job;
  } catch (const std::runtime_error&) {
  }
  mpirun_ = Process(spawn);
}

// The job serves when its cluster file is there: rank 0 writes it after the barrier.
bool Job::wait_until_it_serves() {
  const bool serves = events_.wait_until(
      [&] {
        if (mpirun_.ended()) {
          throw std::runtime_error("the ranks cannot serve: " + how_it_ended());
        }
        try {
          wire::ClusterFile file = wire::read_cluster_file(options_.run_directory);
          if (file.job == last_job_) return false;
          last_job_ = file.job;
          cluster_ = std::move(file);
          return true;
        } catch (const std::runtime_error&) {
          return false;  // not there yet
        }
      },
      kStartMs);
  if (serves) {
    serves_since_ = steady_clock::now();
    pulse_.emplace(rank_pulse(cluster_->ranks.front().admin_socket));
  } else if (events_.stops_asked() == 0) {
    throw std::runtime_error("the ranks did not serve within a minute");
  }
  return serves;
}

std::string Job::trouble() {
  if (mpirun_.ended()) return how_it_ended();
  if (!pulse_ || pulse_->beats()) return {};
  return "rank 0 has " + pulse_->silence();
}

steady_clock::time_point Job::look_again() const {
  return pulse_ ? pulse_->next() : steady_clock::time_point::max();
}

std::string Job::how_it_ended() const {
  const std::string pid = std::to_string(mpirun_.pid());
  if (mpirun_.killed_by() != 0) {
    return "mpirun (pid " + pid + ") died by signal " + std::to_string(mpirun_.killed_by());
  }
  const std::string why = last_words(written_since(log_, log_begin_));
  if (!why.empty()) return why;
  return "mpirun ended with exit status " + std::to_string(mpirun_.exit_status());
}

steady_clock::duration Job::served() const {
  return serves_since_ ? steady_clock::now() - *serves_since_ : steady_clock::duration::zero();
}

// SIGUSR1 to the ranks themselves: mpirun would answer SIGTERM by SIGTERM and soon SIGKILL.
void Job::ask_to_leave() const {
  for (const pid_t rank : ranks_left()) ::kill(rank, SIGUSR1);
}

std::string Job::end() {
  // Ranks have process groups of their own and may outlive mpirun.
  std::vector<pid_t> left = ranks_left();
  const std::vector<pid_t> killed = left;
  const bool mpirun_left = !mpirun_.ended();
  const auto end = steady_clock::now() + kGoneMs;
  do {
    for (const pid_t rank : left) ::kill(rank, SIGKILL);
    mpirun_.signal(SIGKILL);
    if (left.empty() && mpirun_.ended()) break;
    events_.wait(kLookAgainMs);
    left = ranks_left();
  } while (steady_clock::now() < end);
  std::string did;
  if (!left.empty()) {
    did = "could not kill " + named(left);
  } else if (!killed.empty() || mpirun_left) {
    did = "killed what was left: " + named(killed);
    if (mpirun_left) did += std::string(killed.empty() ? "" : ", ") + "mpirun";
  } else {
    did = "nothing of it was left";
  }
  cluster_.reset();
  pulse_.reset();
  return did;
}

std::vector<pid_t> Job::ranks_left() const {
  return processes_of(kRankProgram, {options_.run_directory, options_.data});
}

std::string Job::named(const std::vector<pid_t>& ranks) const {
  std::string all;
  for (const pid_t pid : ranks) {
    std::string name = "a rank";
    if (cluster_) {
      for (const wire::RankEntry& rank : cluster_->ranks) {
        if (rank.pid == pid) name = "rank " + std::to_string(rank.rank);
      }
    }
    all += (all.empty() ? "" : ", ") + name + " (pid " + std::to_string(pid) + ")";
  }
  return all;
}

}  // namespace trunkline::cluster
