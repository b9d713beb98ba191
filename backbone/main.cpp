// trunkline-rank: what mpirun launches. One rank from its start to its end, in the order of
// protocol.md section 8: data, epoch, doors, cluster file, service, leaving.
#include <sodium.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backbone/clocks.h"
#include "backbone/hosted_edge.h"
#include "backbone/launcher.h"
#include "backbone/log.h"
#include "backbone/meeting.h"
#include "backbone/mpi_floor.h"
#include "backbone/orphan.h"
#include "backbone/publish.h"
#include "backbone/rank_loop.h"
#include "edge/options.h"
#include "persistence/stop_serving.h"
#include "persistence/storage_place.h"
#include "wire/hardening.h"
#include "wire/run_directory.h"
#include "wire/stamp_clock.h"

namespace trunkline::backbone {
namespace {

constexpr int kExitCannotStart = 1;

// Blocked before MPI starts its threads, which inherit it: only the loop hears them, by a
// descriptor.
sigset_t signals_to_hear() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// Threads of the edge that a rank hosts: 0 is fused.
unsigned edge_threads(const Options& options, const Hosts& hosts) {
  const double cores_per_rank = hosts.cores_here() / static_cast<double>(hosts.ranks_here());
  const bool fused = options.placement == Placement::fused ||
                     (options.placement == Placement::automatic && cores_per_rank <= 2);
  return fused ? 0 : options.threads;
}

HostLoad host_load(const Options& options, const Hosts& hosts) {
  HostLoad load;
  load.cores = hosts.cores_here();
  load.ranks = hosts.ranks_here();
  // Without one of its own, a rank is likely to have an edge in a process beside it.
  const unsigned edges = options.port ? edge_threads(options, hosts) : 1;
  load.edges = edges * load.ranks;
  load.writers = options.store == "memory" ? 0 : load.ranks;
  return load;
}

// The edge that this rank hosts is configured as one in a process is. `run`: the run directory.
std::vector<std::string> edge_arguments(const Options& options, wire::RankId self,
                                        const std::string& run) {
  const std::string name =
      options.edge_name.empty() ? "edge" + std::to_string(self + 1) : options.edge_name;
  std::vector<std::string> arguments{"--name", name, "--rank", std::to_string(self)};
  const auto add = [&arguments](const char* option, const std::string& value) {
    if (!value.empty()) arguments.insert(arguments.end(), {option, value});
  };
  const auto at_rank = [self](unsigned first, const char* option) {
    const unsigned port = first == 0 ? 0u : first + unsigned{self};
    if (port > 65'535)
      throw std::runtime_error("no port is left for this rank: " + std::string(option));
    return std::to_string(port);
  };
  add("--endpoint", "inproc://rank");  // HostedEdge knows better
  add("--config", options.edge_config);
  if (options.listen == "unix") {
    add("--listen", "unix:" + run + "/" + name + ".sock");
  } else {
    add("--address", options.address);
    add("--port", at_rank(*options.port, "--port"));
  }
  if (options.tunnel_port != 0) add("--tunnel-port", at_rank(options.tunnel_port, "--tunnel-port"));
  add("--cert", options.certificate);
  add("--key", options.key);
  if (options.plain) arguments.push_back("--plain");
  if (options.plain_anywhere) arguments.push_back("--plain-anywhere");
  for (const std::string& origin : options.origins) add("--origin", origin);
  add("--profile", options.lab ? "lab" : "chat");
  return arguments;
}

// --tcp ADDRESS[:PORT], for this rank.
std::string tcp_address(const std::string& wish, wire::RankId self) {
  if (wish.empty()) return {};
  const sockaddr_in wanted = address_of(wish);
  const unsigned port = ntohs(wanted.sin_port);
  if (port + self > 65'535) throw std::runtime_error("no port is left for this rank: --tcp");
  return "tcp://" + wish.substr(0, wish.rfind(':')) + ":" +
         (port == 0 ? "*" : std::to_string(port + self));
}

std::vector<std::string> keys_in(const std::string& path) {
  std::vector<std::string> keys;
  if (path.empty()) return keys;
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path + " (--edge-keys)");
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) keys.push_back(line);
  }
  return keys;
}

class RankProcess {
 public:
  RankProcess(const Options& options, RankLink& link)
      : options_(options), link_(link), io_(1), sleeper_(io_) {}

  // Returns the status to exit with, once every rank has left.
  int run() {
    gather_hosts();
    run_ = meet_in_run_directory(link_, *hosts_, options_);
    store_.emplace(open_stores(link_, options_, trace_));
    epoch_ = begin_epoch(link_, *store_);
    warn_of_other_iterations();
    make_router();
    measure_floor();
    all_do(link_, [&] { open_doors(); });
    introduce();
    return serve();
  }

 private:
  void gather_hosts() {
    const auto texts = link_.gather(to_text(this_host()));
    std::vector<RankHost> ranks;
    for (const wire::Bytes& text : texts) ranks.push_back(rank_host_of(text));
    host_ = ranks[link_.self()].host;
    hosts_.emplace(std::move(ranks), link_.self());
    idle_ = idle_policy(options_.idle, host_load(options_, *hosts_));
  }

  void warn_of_other_iterations() {
    const std::size_t others = accounts_that_differ(*store_, options_.iterations);
    if (others == 0) return;
    log_warning("other-iterations: " + std::to_string(others) +
                " accounts here were not made with " + std::to_string(options_.iterations) +
                " iterations, and so can be told from unknown users: set their passwords again, or "
                "start with the --iterations that they have");
  }

  void make_router() {
    routing::RouterConfig config;
    config.self = link_.self();
    config.epoch = epoch_;
    config.routes = options_.routes;
    for (std::size_t rank = 0; rank < link_.ranks(); ++rank) {
      config.same_host.push_back(hosts_->is_same(static_cast<wire::RankId>(rank)));
    }
    config.spin_us = idle_.spin_us;
    config.iterations = options_.iterations;
    config.quota_messages = options_.quota_messages;
    config.quota_bytes = options_.quota_bytes;
    config.rate_per_second = options_.rate.value_or(options_.lab ? 0 : config.rate_per_second);
    config.rate_burst = options_.burst.value_or(config.rate_burst);
    router_.emplace(config, wire::SlotMap::fresh(link_.ranks(), epoch_), store_->opened());
  }

  void measure_floor() {
    if (link_.self() == 0) remove_floor_file(run_.path);
    if (!options_.measure_floor) return;
    const auto rows = measure_mpi_floor(link_);
    const std::string_view edge = !options_.port                         ? "none"
                                  : edge_threads(options_, *hosts_) == 0 ? "fused"
                                                                         : "inside";
    all_do(link_, [&] {
      if (link_.self() != 0) return;
      write_floor_file(run_.path, {edge, idle_.spin_us == 0, RankLink::library()}, rows);
    });
  }

  // Everything that others connect to. Nobody is served before all have opened theirs.
  void open_doors() {
    const std::string prefix = run_.path + "/rank-" + std::to_string(link_.self());
    port_.emplace(zmq_, EdgePortConfig{prefix + ".ports", tcp_address(options_.tcp, link_.self()),
                                       keys_in(options_.edge_keys)});
    port_->bind();
    doorbell_.emplace(run_.path, link_.self(),
                      hosts_->hosts() > 1 || !options_.interface.empty()
                          ? choose_address(options_.interface, host_addresses())
                          : std::string());
    if (options_.port) {
      const auto arguments = edge_arguments(options_, link_.self(), run_.path);
      edge::EdgeConfig edge = edge::parse_options(arguments).config;
      edge.trace = &trace_;
      edge_.emplace(io_, zmq_, std::move(edge),
                    options_.listen == "unix" ? std::min(1u, edge_threads(options_, *hosts_))
                                              : edge_threads(options_, *hosts_));
      edge_->start();
      url_ = edge_->url(host_);
    }
    RankLoopConfig config;
    config.idle = idle_;
    config.facts = facts();
    loop_.emplace(RankLoop::Parts{sleeper_, link_, *port_, *doorbell_, *store_, *router_, trace_},
                  std::move(config));
    if (edge_) loop_->set_edge(edge_->hooks());
    admin_path_ = prefix + ".admin";
    admin_.emplace(io_, admin_path_, [this](wire::SessionId connection, wire::BytesView frame) {
      loop_->admin_asked(connection, frame);
    });
    loop_->set_admin(&*admin_);
  }

  RankFacts facts() const {
    RankFacts facts;
    facts.rank = link_.self();
    facts.ranks = link_.ranks();
    facts.epoch = epoch_;
    facts.host = host_;
    facts.version = TRUNKLINE_VERSION;
    facts.storage = wire::to_string(store_->opened().storage);
    facts.storage_warning = storage_warning();
    facts.idle = to_text(idle_);
    facts.url = url_;
    facts.pid = ::getpid();
    return facts;
  }

  void introduce() {
    std::vector<Doorbell::Bell> bells;
    const auto paths = link_.gather(doorbell_->path());
    const auto addresses = link_.gather(doorbell_->address());
    for (std::size_t rank = 0; rank < link_.ranks(); ++rank) {
      bells.push_back(
          {paths[rank], addresses[rank], hosts_->is_same(static_cast<wire::RankId>(rank))});
    }
    doorbell_->set_bells(bells);
    link_.open();
    const wire::ClusterFile file = gather_cluster_file(link_, own_cluster_file());
    publish(link_, *hosts_, run_.path, file);
    if (link_.self() == 0) say_so(file);
  }

  std::string storage_warning() const {
    return persistence::storage_warning(store_->opened().storage,
                                        std::filesystem::absolute(options_.data).string(),
                                        [](const char* name) { return std::getenv(name); });
  }

  wire::ClusterFile own_cluster_file() const {
    wire::ClusterFile own;
    own.epoch = epoch_;
    std::uint64_t job = 0;
    ::randombytes_buf(&job, sizeof job);
    own.job = std::to_string(job);
    own.start_ms = read_clocks().wall_ms;
    own.version = TRUNKLINE_VERSION;
    own.storage = wire::to_string(store_->opened().storage);
    own.iterations = options_.iterations;
    own.ranks.push_back({link_.self(), host_, ::getpid(), port_->endpoint(), port_->tcp_endpoint(),
                         port_->public_key(), admin_path_, url_});
    return own;
  }

  void say_so(const wire::ClusterFile& file) {
    std::string line = "serving: trunkline " + file.version + ", " + RankLink::library() + ", " +
                       std::to_string(link_.ranks()) + " ranks on " +
                       std::to_string(hosts_->hosts()) + " hosts, epoch " + std::to_string(epoch_) +
                       ", idle " + to_text(idle_) + ", storage " + file.storage + ", data " +
                       options_.data + ", run directory " + run_.path;
    if (!doorbell_->address().empty()) line += ", doorbell " + doorbell_->address();
    for (const wire::RankEntry& rank : file.ranks) {
      if (!rank.url.empty()) line += " " + rank.url;
    }
    log_info(line);
    if (const std::string warning = storage_warning(); !warning.empty()) log_warning(warning);
  }

  int serve() {
    const sigset_t heard = signals_to_hear();
    const int signals = ::signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
    sleeper_.watch(signals, Wake::signal, [this, signals] {
      signalfd_siginfo signal{};
      while (::read(signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGHUP) {
          if (edge_) edge_->reload();
        } else {
          loop_->leave(signal.ssi_signo != SIGUSR1);
        }
      }
    });
    const int status = loop_->run();
    // The others are not there to finalize with: leave as a process that died would.
    if (status != 0) std::_Exit(status);
    link_.close();
    close_doors();
    if (link_.self() == 0) remove_floor_file(run_.path);
    link_.barrier();
    if (hosts_->is_first_here()) wire::leave_run_directory(options_.data, run_.path, run_.made);
    return 0;
  }

  void close_doors() {
    admin_.reset();
    edge_.reset();
    port_.reset();
    doorbell_.reset();
  }

  const Options& options_;
  RankLink& link_;
  boost::asio::io_context io_;
  zmq::context_t zmq_;
  Sleeper sleeper_;
  wire::Trace trace_;  // of this process: the loop, the store's writer, the edge
  std::optional<Hosts> hosts_;
  std::string host_, url_, admin_path_;
  IdlePolicy idle_;
  RunDirectory run_;
  std::optional<AnyStore> store_;
  wire::Epoch epoch_ = 0;
  std::optional<routing::Router> router_;
  std::optional<EdgePort> port_;
  std::optional<Doorbell> doorbell_;
  std::optional<HostedEdge> edge_;
  std::optional<RankLoop> loop_;
  std::optional<AdminSocket> admin_;
};

int run(int argc, char** argv) {
  const ParsedOptions parsed = parse_options(argc, argv);
  if (parsed.exit_status) return *parsed.exit_status;
  wire::harden_process();
  if (!parsed.options.shift_stamps.empty()) {
    wire::shift_stamp_clock(wire::parse_stamp_shift(parsed.options.shift_stamps));
  }
  if (::sodium_init() < 0) throw std::runtime_error("no source of random numbers");
  const sigset_t heard = signals_to_hear();
  ::pthread_sigmask(SIG_BLOCK, &heard, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  persistence::stop_when_memory_ends();
  const auto promised = promised_world([](const char* name) { return std::getenv(name); });
  if (promised) end_with_launcher();
  RankLink link(argc, argv);
  open_log(parsed.options.log_level, link.self());
  const std::string refusal = singleton_refusal(link.ranks(), promised);
  if (!refusal.empty()) {
    std::fprintf(stderr, "trunkline-rank: %s\n", refusal.c_str());
    return kExitCannotStart;
  }
  // Caught while MPI is up: the ranks finalize together. Anything else aborts the job.
  try {
    return RankProcess(parsed.options, link).run();
  } catch (const CannotStart&) {
    return kExitCannotStart;
  }
}

}  // namespace
}  // namespace trunkline::backbone

int main(int argc, char** argv) {
  try {
    return trunkline::backbone::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trunkline-rank: %s\n", error.what());
    return trunkline::backbone::kExitCannotStart;
  }
}
