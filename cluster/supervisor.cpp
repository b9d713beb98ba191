#include "cluster/supervisor.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "cluster/edge_keys.h"
#include "cluster/run_directory.h"

namespace trunkline::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kJobStartMs{60'000};  // mpirun on a busy host takes seconds
constexpr milliseconds kEdgeStartMs{15'000};
constexpr milliseconds kDrainMs{5'500};  // edges promise 5 s
constexpr milliseconds kJobStopMs{3'000};
constexpr milliseconds kGoneMs{2'000};
constexpr milliseconds kPauseFirstMs{200};  // when something dies again at once
constexpr milliseconds kPauseMaxMs{10'000};
constexpr milliseconds kStableMs{10'000};

void say(const std::string& what) {
  std::fprintf(stderr, "trunkline: %s\n", what.c_str());
}

std::string programs_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

StartOptions with_directories(StartOptions options) {
  ::umask(077);
  std::filesystem::create_directories(options.data);
  options.data = std::filesystem::absolute(options.data).string();
  if (options.run_directory.empty()) {
    options.run_directory = make_run_directory();
  } else {
    options.run_directory = std::filesystem::absolute(options.run_directory).string();
    use_run_directory(options.run_directory);
  }
  link_run_directory(options.data, options.run_directory);
  return options;
}

// The pause before the next start: none after a long life, else doubling, with jitter so that many
// supervisors do not act at once.
milliseconds next_pause(milliseconds last, steady_clock::duration lived) {
  if (lived > kStableMs) return milliseconds{0};
  static std::minstd_rand chance{std::random_device{}()};
  const milliseconds doubled = std::min(kPauseMaxMs, std::max(kPauseFirstMs, last * 2));
  return doubled + milliseconds(chance() % static_cast<unsigned>(doubled.count() / 4 + 1));
}

std::string how_it_ended(int status) {
  return status > 128 ? "by signal " + std::to_string(status - 128)
                      : "with exit status " + std::to_string(status);
}

}  // namespace

Supervisor::Supervisor(StartOptions options)
    : options_(with_directories(std::move(options))),
      programs_(programs_directory()),
      events_(options_.run_directory) {
  edges_.resize(has_edge_processes(options_.placement) ? options_.edges : 0);
}

Supervisor::~Supervisor() {
  for (Edge& edge : edges_) edge.process.signal(SIGKILL);
  end_job();
}

std::string Supervisor::log_of(const std::string& name) const {
  return options_.run_directory + "/" + name + ".log";
}

bool Supervisor::start() {
  if (options_.placement == Placement::host) make_edge_keys(options_, programs_, events_);
  start_job();
  if (!wait_for_job()) return false;
  for (unsigned index = 0; index < edges_.size(); ++index) start_edge(index);
  const bool listening = events_.wait_until(
      [&] {
        for (unsigned index = 0; index < edges_.size(); ++index) {
          if (edges_[index].process.ended()) {
            throw std::runtime_error(edge_name(index) +
                                     " cannot start; its log: " + log_of(edge_name(index)));
          }
          if (edges_[index].url.empty()) return false;
        }
        return true;
      },
      kEdgeStartMs);
  if (!listening && events_.stops_asked() == 0) {
    throw std::runtime_error("an edge did not listen in time; logs in " + options_.run_directory);
  }
  write_supervisor_file();
  return listening;
}

void Supervisor::start_job() {
  Spawn spawn;
  spawn.arguments = job_command(options_, programs_);
  if (::geteuid() == 0) {
    spawn.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
  }
  spawn.log = log_of("ranks");
  cluster_.reset();
  try {  // a file that an earlier job left behind is not this job's
    last_job_ = wire::read_cluster_file(options_.run_directory).job;
  } catch (const std::runtime_error&) {
  }
  job_ = Process(spawn);
  job_started_ = steady_clock::now();
}

// The job serves when its cluster file is there: rank 0 writes it after the barrier.
bool Supervisor::wait_for_job() {
  const bool serves = events_.wait_until(
      [&] {
        if (job_.ended()) {
          throw std::runtime_error("the ranks ended " + how_it_ended(job_.exit_status()) +
                                   " before they served; their log: " + log_of("ranks"));
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
      kJobStartMs);
  if (!serves && events_.stops_asked() == 0) {
    throw std::runtime_error("the ranks did not serve within a minute; their log: " +
                             log_of("ranks"));
  }
  return serves;
}

void Supervisor::end_job() {
  job_.signal(SIGKILL);
  if (!cluster_) {
    events_.wait_until([&] { return job_.ended(); }, kGoneMs);
    return;
  }
  // Ranks have process groups of their own and may outlive mpirun for a moment; the data must be
  // free before a successor opens it.
  const auto left = [&] {
    bool some = false;
    for (const wire::RankEntry& rank : cluster_->ranks) {
      const auto pid = static_cast<pid_t>(rank.pid);
      if (is_program(pid, "trunkline-rank") && ::kill(pid, SIGKILL) == 0) some = true;
    }
    return some;
  };
  const auto end = steady_clock::now() + kGoneMs;
  while ((left() || !job_.ended()) && steady_clock::now() < end) events_.wait(milliseconds{20});
  cluster_.reset();
}

void Supervisor::start_edge(unsigned index) {
  Edge& edge = edges_[index];
  Spawn spawn;
  spawn.arguments = edge_command(options_, programs_, index, port_of(options_, index, edge.url));
  spawn.log = log_of(edge_name(index));
  spawn.output = events_.line_pipe([&edge](std::string_view line) {
    constexpr std::string_view kBefore = " listens on ";
    if (const auto at = line.find(kBefore); at != std::string_view::npos) {
      edge.url = line.substr(at + kBefore.size());
    }
  });
  edge.process = Process(spawn);
  ::close(spawn.output);
  edge.started = steady_clock::now();
}

bool Supervisor::serve(const std::function<bool()>& done) {
  while (events_.stops_asked() == 0 && !done()) {
    mend_job();
    for (unsigned index = 0; index < edges_.size(); ++index) mend_edge(index);
    events_.wait(until_next_mend());
  }
  return true;
}

milliseconds Supervisor::until_next_mend() const {
  milliseconds soonest{60'000};
  const auto consider = [&](const Process& process, steady_clock::time_point again) {
    if (process.running()) return;
    soonest = std::min(soonest, std::chrono::ceil<milliseconds>(again - steady_clock::now()));
  };
  consider(job_, job_again_);
  for (const Edge& edge : edges_) consider(edge.process, edge.again);
  return soonest;
}

void Supervisor::mend_job() {
  if (job_.running()) {
    if (!job_.ended()) return;
    job_pause_ = next_pause(job_pause_, steady_clock::now() - job_started_);
    job_again_ = steady_clock::now() + job_pause_;
    say("the ranks ended " + how_it_ended(job_.exit_status()) + "; starting them again in " +
        std::to_string(job_pause_.count()) + " ms (log: " + log_of("ranks") + ")");
    end_job();
  }
  if (steady_clock::now() < job_again_) return;
  try {
    start_job();
    if (wait_for_job()) {
      say("the ranks serve again, epoch " + std::to_string(cluster_->epoch));
      write_supervisor_file();
    }
  } catch (const std::runtime_error& problem) {
    say(problem.what());
    end_job();
    job_pause_ = next_pause(job_pause_, steady_clock::duration::zero());
    job_again_ = steady_clock::now() + job_pause_;
  }
}

void Supervisor::mend_edge(unsigned index) {
  Edge& edge = edges_[index];
  if (edge.process.running()) {
    if (!edge.process.ended()) return;
    edge.pause = next_pause(edge.pause, steady_clock::now() - edge.started);
    edge.again = steady_clock::now() + edge.pause;
    say(edge_name(index) + " ended " + how_it_ended(edge.process.exit_status()) +
        "; starting it again in " + std::to_string(edge.pause.count()) +
        " ms (log: " + log_of(edge_name(index)) + ")");
  }
  if (steady_clock::now() < edge.again) return;
  start_edge(index);
  write_supervisor_file();
}

void Supervisor::stop() {
  for (Edge& edge : edges_) edge.process.signal(SIGTERM);
  const auto edges_gone = [&] {
    bool all = true;
    for (Edge& edge : edges_) all = edge.process.ended() && all;
    return all;
  };
  events_.wait_until(edges_gone, kDrainMs);
  for (Edge& edge : edges_) edge.process.signal(SIGKILL);
  // SIGUSR1 to the ranks themselves: mpirun would answer SIGTERM by SIGTERM and soon SIGKILL.
  if (cluster_ && job_.running()) {
    for (const wire::RankEntry& rank : cluster_->ranks) {
      const auto pid = static_cast<pid_t>(rank.pid);
      if (is_program(pid, "trunkline-rank")) ::kill(pid, SIGUSR1);
    }
    events_.wait_until([&] { return job_.ended(); }, kJobStopMs);
  }
  end_job();
  events_.wait_until(edges_gone, kGoneMs);
  std::error_code ignored;
  std::filesystem::remove(options_.run_directory + "/" + kSupervisorFileName, ignored);
}

std::vector<std::string> Supervisor::urls() const {
  std::vector<std::string> urls;
  for (const Edge& edge : edges_) urls.push_back(edge.url);
  if (edges_.empty() && cluster_) {
    for (const wire::RankEntry& rank : cluster_->ranks) urls.push_back(rank.url);
  }
  return urls;
}

void Supervisor::write_supervisor_file() const {
  namespace json = boost::json;
  json::array edges;
  for (unsigned index = 0; index < edges_.size(); ++index) {
    edges.push_back({{"name", edge_name(index)},
                     {"pid", edges_[index].process.pid()},
                     {"url", edges_[index].url},
                     {"rank", index % options_.ranks},
                     {"log", log_of(edge_name(index))}});
  }
  const json::object whole{{"pid", ::getpid()},
                           {"mpirun_pid", job_.pid()},
                           {"data", options_.data},
                           {"edges", std::move(edges)}};
  const std::string path = options_.run_directory + "/" + kSupervisorFileName;
  std::ofstream(path + ".new") << json::serialize(whole) << "\n";
  std::filesystem::rename(path + ".new", path);
}

}  // namespace trunkline::cluster
