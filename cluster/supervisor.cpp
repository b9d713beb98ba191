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
#include "wire/run_directory.h"

namespace trunkline::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kEdgeStartMs{15'000};
constexpr milliseconds kDrainMs{5'500};  // edges promise 5 s
constexpr milliseconds kJobStopMs{3'000};
constexpr milliseconds kGoneMs{2'000};

void say(const std::string& what) {
  std::fprintf(stderr, "trunkline: %s\n", what.c_str());
}

std::string programs_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

StartOptions with_data(StartOptions options) {
  ::umask(077);
  std::filesystem::create_directories(options.data);
  options.data = std::filesystem::absolute(options.data).string();
  return options;
}

// Named in `options` if it was not; linked from the data, in place of a predecessor's.
const std::string& enter_run_directory(StartOptions& options) {
  if (const std::string did = end_what_was_left(options.data); !did.empty()) say(did);
  if (options.run_directory.empty()) {
    options.run_directory = wire::make_run_directory();
  } else {
    options.run_directory = std::filesystem::absolute(options.run_directory).string();
    wire::use_run_directory(options.run_directory);
  }
  wire::link_run_directory(options.data, options.run_directory);
  return options.run_directory;
}

unsigned chance() {
  static std::minstd_rand numbers{std::random_device{}()};
  return static_cast<unsigned>(numbers());
}

std::string how_it_ended(const Process& process) {
  const std::string pid = " (pid " + std::to_string(process.pid()) + ") ";
  return process.killed_by() != 0
             ? pid + "died by signal " + std::to_string(process.killed_by())
             : pid + "ended with exit status " + std::to_string(process.exit_status());
}

std::string in_a_while(milliseconds pause) {
  return pause.count() == 0 ? "at once" : "in " + std::to_string(pause.count()) + " ms";
}

}  // namespace

Supervisor::Supervisor(StartOptions options)
    : options_(with_data(std::move(options))),
      programs_(programs_directory()),
      claim_(options_.data),
      events_(enter_run_directory(options_)),
      job_(options_, programs_, log_of("ranks"), events_),
      edges_(has_edge_processes(options_.placement) ? options_.edges : 0) {}

Supervisor::~Supervisor() {
  for (Edge& edge : edges_) edge.process.signal(SIGKILL);
  job_.end();
}

std::string Supervisor::log_of(const std::string& name) const {
  return options_.run_directory + "/" + name + ".log";
}

bool Supervisor::start() {
  if (options_.placement == Placement::host) make_edge_keys(options_, programs_, events_);
  job_.start();
  try {
    if (!job_.wait_until_it_serves()) return false;
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(problem.what() + ("; their log: " + log_of("ranks")));
  }
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

void Supervisor::start_edge(unsigned index) {
  Edge& edge = edges_[index];
  edge.pulse.reset();
  Spawn spawn;
  spawn.arguments = edge_command(options_, programs_, index, port_of(options_, index, edge.url));
  spawn.log = log_of(edge_name(index));
  spawn.output = events_.line_pipe([&edge](std::string_view line) {
    constexpr std::string_view kBefore = " listens on ";
    if (const auto at = line.find(kBefore); at != std::string_view::npos) {
      edge.url = line.substr(at + kBefore.size());
      edge.pulse.emplace(edge_pulse(edge.url));
    }
  });
  try {
    edge.process = Process(spawn);
  } catch (...) {
    ::close(spawn.output);
    throw;
  }
  ::close(spawn.output);
  edge.started = steady_clock::now();
}

bool Supervisor::serve(const std::function<bool()>& done) {
  while (events_.stops_asked() == 0 && !done()) {
    mend_job();
    for (unsigned index = 0; index < edges_.size(); ++index) mend_edge(index);
    if (reloads_done_ != events_.reloads_asked()) reload_edges();
    events_.wait(until_next_mend());
  }
  return true;
}

milliseconds Supervisor::until_next_mend() const {
  steady_clock::time_point next = steady_clock::now() + std::chrono::minutes(1);
  next = std::min(next, job_.running() ? job_.look_again() : job_again_);
  for (const Edge& edge : edges_) {
    if (!edge.process.running()) {
      next = std::min(next, edge.again);
    } else {
      next = std::min(next, edge.pulse ? edge.pulse->next() : edge.started + kEdgeStartMs);
    }
  }
  return std::chrono::ceil<milliseconds>(next - steady_clock::now());
}

void Supervisor::mend_job() {
  if (job_.running()) {
    const std::string trouble = job_.trouble();
    if (trouble.empty()) return;
    const milliseconds pause = job_back_off_.next(job_.served(), chance());
    job_again_ = steady_clock::now() + pause;
    say("the ranks are down: " + trouble + "; " + job_.end() + "; starting them again " +
        in_a_while(pause) + " (log: " + log_of("ranks") + ")");
  }
  if (steady_clock::now() >= job_again_) start_job_again();
}

void Supervisor::start_job_again() {
  const auto begin = steady_clock::now();
  try {
    job_.start();
    if (!job_.wait_until_it_serves()) return;
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    say("the ranks serve again, epoch " + std::to_string(job_.cluster()->epoch) + ", started in " +
        std::to_string(took.count()) + " ms");
    write_supervisor_file();
  } catch (const std::runtime_error& problem) {
    const milliseconds pause = job_back_off_.next(steady_clock::duration::zero(), chance());
    job_again_ = steady_clock::now() + pause;
    say(problem.what() + ("; " + job_.end() + "; trying again ") + in_a_while(pause));
  }
}

// What has become of it, after its name; empty: it serves. One that hangs is killed.
std::string Supervisor::trouble_of(Edge& edge) {
  if (edge.process.ended()) return how_it_ended(edge.process);
  const bool starts = !edge.pulse && steady_clock::now() < edge.started + kEdgeStartMs;
  if (starts || (edge.pulse && edge.pulse->beats())) return {};
  const std::string silent = edge.pulse ? edge.pulse->silence()
                                        : "not come to listen within " +
                                              std::to_string(kEdgeStartMs.count() / 1000) + " s";
  edge.process.signal(SIGKILL);
  events_.wait_until([&] { return edge.process.ended(); }, kGoneMs);
  return " (pid " + std::to_string(edge.process.pid()) + ") has " + silent + "; killed it";
}

void Supervisor::mend_edge(unsigned index) {
  Edge& edge = edges_[index];
  if (edge.process.running()) {
    const std::string trouble = trouble_of(edge);
    if (trouble.empty()) return;
    const milliseconds pause = edge.back_off.next(steady_clock::now() - edge.started, chance());
    edge.again = steady_clock::now() + pause;
    say(edge_name(index) + trouble + "; starting it again " + in_a_while(pause) +
        " (log: " + log_of(edge_name(index)) + ")");
  }
  if (steady_clock::now() < edge.again) return;
  try {
    start_edge(index);
    write_supervisor_file();
  } catch (const std::runtime_error& problem) {
    const milliseconds pause = edge.back_off.next(steady_clock::duration::zero(), chance());
    edge.again = steady_clock::now() + pause;
    say(problem.what() + ("; trying again " + in_a_while(pause)));
  }
}

// Never mpirun, which would end the job: the ranks that host an edge are told one by one.
void Supervisor::reload_edges() {
  reloads_done_ = events_.reloads_asked();
  std::size_t told = 0;
  for (const Edge& edge : edges_) {
    if (!edge.process.running()) continue;
    edge.process.signal(SIGHUP);
    ++told;
  }
  if (edges_.empty() && job_.running() && job_.cluster()) {
    for (const wire::RankEntry& rank : job_.cluster()->ranks) {
      const auto pid = static_cast<pid_t>(rank.pid);
      if (rank.url.empty() || !is_program(pid, "trunkline-rank")) continue;
      ::kill(pid, SIGHUP);
      ++told;
    }
  }
  say("SIGHUP: " + std::to_string(told) +
      " edges read their configuration again; their logs say what they took: " +
      options_.run_directory);
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
  if (job_.cluster() && job_.running()) {
    job_.ask_to_leave();
    events_.wait_until([&] { return job_.ended(); }, kJobStopMs);
  }
  job_.end();
  events_.wait_until(edges_gone, kGoneMs);
  std::error_code ignored;
  std::filesystem::remove(options_.run_directory + "/" + kSupervisorFileName, ignored);
}

std::vector<std::string> Supervisor::urls() const {
  std::vector<std::string> urls;
  for (const Edge& edge : edges_) urls.push_back(edge.url);
  if (edges_.empty() && job_.cluster()) {
    for (const wire::RankEntry& rank : job_.cluster()->ranks) urls.push_back(rank.url);
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
                           {"mpirun_pid", job_.mpirun_pid()},
                           {"job", job_.cluster() ? job_.cluster()->job : ""},
                           {"data", options_.data},
                           {"edges", std::move(edges)}};
  const std::string path = options_.run_directory + "/" + kSupervisorFileName;
  std::ofstream(path + ".new") << json::serialize(whole) << "\n";
  std::filesystem::rename(path + ".new", path);
}

}  // namespace trunkline::cluster
