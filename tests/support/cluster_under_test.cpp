#include "tests/support/cluster_under_test.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "cluster/edge_keys.h"
#include "lab/http_get.h"
#include "tests/support/metrics.h"
#include "tests/support/signals.h"
#include "wire/placement.h"

namespace trunkline::tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kIterations = wire::kIterationsDemo;
constexpr auto kStart = 60s;  // eight ranks on two busy cores take their time
constexpr auto kStop = 10s;   // what the programs promise
constexpr auto kEnd = 15s;

std::string programs() {
  return fs::read_symlink("/proc/self/exe").parent_path();
}

// A client of another test that comes to a port which this cluster has now must find nobody here
// who has its name: hence the process.
std::string name_of(const std::string& role, unsigned number) {
  return role + "-" + std::to_string(::getpid()) + "-" + std::to_string(number);
}

}  // namespace

std::string_view to_string(Placement placement) {
  switch (placement) {
    case Placement::fused:
      return "fused";
    case Placement::inside:
      return "inside";
    case Placement::process:
      return "process";
    case Placement::host:
      return "host";
  }
  return "";
}

ClusterUnderTest::ClusterUnderTest(Options options) : options_(std::move(options)) {
  if (options_.edges == 0) options_.edges = options_.ranks;
  fs::create_directory(run_directory());
  ::chmod(run_directory().c_str(), 0700);
  events_ = std::make_unique<cluster::Events>(run_directory());
  die_of_signals();
  if (options_.tls) make_certificate();
  if (options_.placement == Placement::host) {
    cluster::make_edge_keys(start_options(), programs(), *events_);
  }
  start_job();
  if (cluster::has_edge_processes(options_.placement)) {
    edges_.resize(options_.edges);
    for (unsigned edge = 0; edge < options_.edges; ++edge) start_edge(edge);
  }
  wait_until_healthy();
}

// Every edge has its rank.
void ClusterUnderTest::wait_until_healthy() {
  constexpr unsigned kOk = 200;
  const auto until = std::chrono::steady_clock::now() + kStart;
  for (const std::string& url : urls_) {
    while (lab::http_get(url, "/healthz").status != kOk) {
      if (std::chrono::steady_clock::now() > until) {
        throw std::runtime_error(url + " has no rank:\n" + logs());
      }
      events_->wait(10ms);
    }
  }
}

ClusterUnderTest::~ClusterUnderTest() {
  try {
    stop();
  } catch (const std::exception&) {  // a rank that the test killed does not answer
  }
  for (Edge& edge : edges_) edge.process.signal(SIGKILL);
  job_.signal(SIGKILL);
  for (const wire::RankEntry& rank : file_.ranks) {
    const auto pid = static_cast<pid_t>(rank.pid);
    if (cluster::is_program(pid, "trunkline-rank")) ::kill(pid, SIGKILL);
  }
  events_->wait_until([this] { return left().empty(); }, kEnd);
}

cluster::StartOptions ClusterUnderTest::start_options() const {
  cluster::StartOptions start;
  start.ranks = options_.ranks;
  start.placement = options_.placement;
  start.edges = options_.edges;
  start.port = 0;
  start.data = data_directory();
  start.run_directory = run_directory();
  start.plain = !options_.tls;
  if (options_.tls) {
    start.certificate = directory_.path() + "/certificate.pem";
    start.key = directory_.path() + "/key.pem";
  }
  start.profile = options_.profile;
  start.store = options_.store;
  start.iterations = kIterations;
  return start;
}

void ClusterUnderTest::make_certificate() {
  const cluster::StartOptions start = start_options();
  cluster::Spawn spawn;
  spawn.arguments = {"openssl",
                     "req",
                     "-x509",
                     "-newkey",
                     "ec",
                     "-pkeyopt",
                     "ec_paramgen_curve:P-256",
                     "-nodes",
                     "-days",
                     "1",
                     "-subj",
                     "/CN=localhost",
                     "-out",
                     start.certificate,
                     "-keyout",
                     start.key};
  spawn.log = run_directory() + "/openssl.log";
  cluster::Process openssl(spawn);
  if (!events_->wait_until([&] { return openssl.ended(); }, kStart) || openssl.exit_status() != 0) {
    throw std::runtime_error("openssl made no certificate:\n" + logs());
  }
}

std::string ClusterUnderTest::logs() const {
  std::string all;
  for (const auto& entry : fs::directory_iterator(run_directory())) {
    if (entry.path().extension() != ".log") continue;
    all += "--- " + entry.path().filename().string() + "\n" + content_of(entry.path());
  }
  return all;
}

// ---- starting

void ClusterUnderTest::start_job() {
  const std::string last_job = file_.job;
  cluster::Spawn spawn;
  spawn.arguments = cluster::job_command(start_options(), programs());
  const auto add = [&spawn](const std::vector<std::string>& more) {
    spawn.arguments.insert(spawn.arguments.end(), more.begin(), more.end());
  };
  add(options_.rank_options);
  if (!cluster::has_edge_processes(options_.placement)) add(options_.edge_options);
  spawn.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
  spawn.log = run_directory() + "/ranks.log";
  admin_.reset();
  job_ = cluster::Process(spawn);
  const bool serves = events_->wait_until(
      [&] {
        if (job_.ended()) return true;
        try {
          file_ = wire::read_cluster_file(run_directory());
        } catch (const std::runtime_error&) {  // not yet written
          return false;
        }
        return file_.job != last_job;
      },
      kStart);
  if (!serves || job_.ended()) throw std::runtime_error("the ranks do not serve:\n" + logs());
  if (cluster::has_edge_processes(options_.placement)) return;
  urls_.clear();
  for (const wire::RankEntry& rank : file_.ranks) urls_.push_back(rank.url);
}

void ClusterUnderTest::start_edge(unsigned index) {
  Edge& edge = edges_.at(index);
  const unsigned port = cluster::port_of(start_options(), index, edge.url);
  edge.url.clear();
  cluster::Spawn spawn;
  spawn.arguments = cluster::edge_command(start_options(), programs(), index, port);
  spawn.arguments.insert(spawn.arguments.end(), options_.edge_options.begin(),
                         options_.edge_options.end());
  spawn.log = run_directory() + "/" + cluster::edge_name(index) + ".log";
  spawn.output = events_->line_pipe([this, index](std::string_view line) {
    constexpr std::string_view kBefore = " listens on ";
    const auto at = line.find(kBefore);
    if (at != std::string_view::npos) edges_[index].url = line.substr(at + kBefore.size());
  });
  edge.process = cluster::Process(spawn);
  ::close(spawn.output);
  wait_for_edges();
}

void ClusterUnderTest::wait_for_edges() {
  const auto up = [this] {
    for (Edge& edge : edges_) {
      if (edge.process.running() && edge.url.empty() && !edge.process.ended()) return false;
    }
    return true;
  };
  events_->wait_until(up, kStart);
  urls_.clear();
  for (Edge& edge : edges_) {
    if (edge.process.running() && edge.url.empty()) {
      throw std::runtime_error("an edge does not listen:\n" + logs());
    }
    urls_.push_back(edge.url);
  }
}

wire::RankId ClusterUnderTest::rank_of_edge(unsigned edge) const {
  return static_cast<wire::RankId>(edge % options_.ranks);
}

// ---- accounts and administration

lab::AdminClient& ClusterUnderTest::admin() {
  if (!admin_) admin_ = std::make_unique<lab::AdminClient>(lab::connect_admin(file_));
  return *admin_;
}

void ClusterUnderTest::add_user(const std::string& user, const std::string& password) {
  const auto answer = admin().add_user(user, password, kIterations);
  if (!answer.done) throw std::runtime_error("no user " + user + ": " + answer.text);
}

std::string ClusterUnderTest::new_user(const std::string& name) {
  std::string user = name_of(name, ++users_made_);
  add_user(user);
  return user;
}

std::string ClusterUnderTest::new_user_at_home(const std::string& name, wire::RankId rank) {
  std::string user;
  do {
    user = name_of(name, ++users_made_);
  } while (home_of(user) != rank);
  add_user(user);
  return user;
}

wire::RankId ClusterUnderTest::home_of(const std::string& user) const {
  return wire::SlotMap::fresh(options_.ranks, file_.epoch).home(user);
}

double ClusterUnderTest::rank_metric(wire::RankId rank, const std::string& name) {
  const auto answer = admin().metrics(rank);
  if (!answer.done) throw std::runtime_error("no metrics: " + answer.text);
  return sum_of_metric(answer.text, name);
}

double ClusterUnderTest::edge_metric(unsigned edge, const std::string& name) const {
  return metric_at(urls_.at(edge), name);
}

// ---- deaths and restarts

pid_t ClusterUnderTest::rank_pid(wire::RankId rank) const {
  return static_cast<pid_t>(file_.ranks.at(rank).pid);
}

pid_t ClusterUnderTest::edge_pid(unsigned edge) const {
  return edges_.at(edge).process.pid();
}

void ClusterUnderTest::kill_edge(unsigned edge) {
  cluster::Process& process = edges_.at(edge).process;
  process.signal(SIGKILL);
  events_->wait_until([&] { return process.ended(); }, kEnd);
}

void ClusterUnderTest::kill_rank(wire::RankId rank) {
  ::kill(rank_pid(rank), SIGKILL);
}

void ClusterUnderTest::kill_mpirun() {
  job_.signal(SIGKILL);
}

void ClusterUnderTest::signal_edge(unsigned edge, int number) {
  edges_.at(edge).process.signal(number);
}

bool ClusterUnderTest::job_ended() {
  const auto gone = [this] {
    bool any = !job_.ended();
    for (const wire::RankEntry& rank : file_.ranks) {
      any = any || cluster::is_program(static_cast<pid_t>(rank.pid), "trunkline-rank");
    }
    return !any;
  };
  // Ranks that outlive mpirun are nobody's children: their end is seen by looking.
  const auto until = std::chrono::steady_clock::now() + kEnd;
  while (!gone() && std::chrono::steady_clock::now() < until) events_->wait(20ms);
  return gone();
}

bool ClusterUnderTest::stop() {
  const bool edges_stopped = stop_edges();
  const bool job_stopped = stop_job();
  return edges_stopped && job_stopped && left().empty();
}

bool ClusterUnderTest::stop_edges() {
  bool orderly = true;
  for (Edge& edge : edges_) {
    if (edge.process.running()) edge.process.signal(SIGTERM);
  }
  for (Edge& edge : edges_) {
    if (!edge.process.running()) continue;
    orderly = events_->wait_until([&] { return edge.process.ended(); }, kStop) && orderly;
    orderly = orderly && edge.process.exit_status() == 0;
  }
  return orderly;
}

bool ClusterUnderTest::stop_job() {
  if (job_.ended()) return job_.pid() <= 0 || job_.exit_status() == 0;
  for (const wire::RankEntry& rank : file_.ranks) {
    try {
      lab::AdminClient(rank.admin_socket).stop(rank.rank);
    } catch (const std::runtime_error&) {  // it has gone already, because another one was told
    }
  }
  return events_->wait_until([this] { return job_.ended(); }, kStop) && job_.exit_status() == 0;
}

std::vector<pid_t> ClusterUnderTest::left() const {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string command = content_of(entry.path() / "cmdline");
    const bool ours = command.find("trunkline-rank") != std::string::npos ||
                      command.find("trunkline-edge") != std::string::npos;
    if (ours && command.find(directory_.path()) != std::string::npos) {
      found.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return found;
}

}  // namespace trunkline::tests
