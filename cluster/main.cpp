// `trunkline VERB`: the front door. Parses the command line; each verb lives in a file of its own.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "cluster/edge_tools.h"
#include "cluster/ping.h"
#include "cluster/start.h"
#include "cluster/tools.h"
#include "cluster/trace_tools.h"

namespace {

using namespace trunkline::cluster;

void add_where(CLI::App& app, Where& where) {
  app.add_option("--run-dir", where.run_directory,
                 "run directory of the cluster (start prints it)");
  app.add_option("--data", where.data, "data directory of the cluster; its link `run` is followed");
}

void add_start(CLI::App& app, StartOptions& options, std::string& edges) {
  app.add_option("--ranks", options.ranks, "ranks of the MPI job")->capture_default_str();
  app.add_option("--edges", edges,
                 "edges in processes of their own (a number), `inside` or `fused`")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--edge-link",
         [&options](const std::string& link) { options.edges_over_tcp = link == "tcp"; },
         "how edge processes reach their ranks: ipc, or tcp with CURVE as from another host")
      ->check(CLI::IsMember({"ipc", "tcp"}));
  app.add_option("--port", options.port, "edge k listens on PORT + k - 1; 0: free ports")
      ->capture_default_str();
  app.add_option("--address", options.address, "address to listen on")->capture_default_str();
  app.add_option_function<std::string>(
         "--listen", [&options](const std::string& on) { options.unix_sockets = on == "unix"; },
         "tcp, or unix: edge k listens on RUN/edgek.sock, which only this user reaches, and pages "
         "of localhost:PORT + k - 1 (8080) may connect by a tunnel")
      ->check(CLI::IsMember({"tcp", "unix"}));
  app.add_option("--data", options.data, "where messages are kept")->capture_default_str();
  app.add_option("--run-dir", options.run_directory,
                 "sockets, cluster file, logs (a fresh private one)");
  app.add_flag("--plain", options.plain, "ws instead of wss; on loopback only");
  app.add_flag("--plain-anywhere", options.plain_anywhere,
               "ws on any address: passwords of PLAIN are refused then");
  app.add_option("--cert", options.certificate, "certificate chain (PEM)");
  app.add_option("--key", options.key, "its key (PEM)");
  app.add_option("--edge-config", options.edge_config,
                 "TOML file of further options of every edge (trunkline-edge --help); SIGHUP and "
                 "`admin reload` read it again");
  app.add_option("--profile", options.profile, "chat, or lab: no rate limits and throttles")
      ->check(CLI::IsMember({"chat", "lab"}))
      ->capture_default_str();
  app.add_option("--routes", options.routes, "of the direct class: by home, or by location hints")
      ->check(CLI::IsMember({"home", "hint"}))
      ->capture_default_str();
  app.add_option("--idle", options.idle, "how ranks wait: auto, spin:US, doorbell, nap")
      ->capture_default_str();
  app.add_option("--store", options.store, "lmdb, or memory (nothing survives)")
      ->check(CLI::IsMember({"lmdb", "memory"}))
      ->capture_default_str();
  app.add_option("--iterations", options.iterations,
                 "of PBKDF2, for all accounts (600000; lab 4096)");
  app.add_flag("--measure-floor", options.measure_floor,
               "before serving, ranks measure MPI alone, for the laboratory: RUN/floor.json");
  app.add_option("--accounts", options.accounts,
                 "file of accounts to have, `name password` a line");
  app.add_option("--first-message", options.first_message, "FROM:TO, sent and shown hop by hop");
  app.add_flag("--once", options.once, "stop after the first message");
  app.add_option("command", options.command,
                 "run for as long as this command does, with TRUNKLINE_URL in its environment");
  app.positionals_at_end();
}

void add_ping(CLI::App& app, PingOptions& options) {
  app.add_option("user", options.user, "whose home and sessions to reach");
  app.add_option("--rank", options.rank, "a rank to reach, in place of a user");
  app.add_option("--count,-c", options.count, "rounds")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_option("--interval,-i", options.interval_s, "seconds between two rounds")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app.add_flag("--json", options.json, "for programs");
  app.callback([&options] {
    if (options.user.empty() == !options.rank) {
      throw CLI::ValidationError("ping", "takes the name of a user, or --rank N");
    }
  });
}

void add_user(CLI::App& admin, const char* verb, const char* what, AdminCommand::Verb value,
              AdminCommand& command, bool password) {
  auto* app = admin.add_subcommand(verb, what);
  app->add_option("name", command.name, "user")->required();
  if (password) {
    app->add_flag("--password-stdin", command.password_stdin, "read the password from stdin");
  }
  app->callback([&command, value] { command.verb = value; });
}

void add_edge_admin(CLI::App& admin, EdgeCommand& command) {
  using Verb = EdgeCommand::Verb;
  const auto add = [&](const char* verb, const char* what, Verb value) {
    auto* app = admin.add_subcommand(verb, what);
    app->callback([&command, value] { command.verb = value; });
    return app;
  };
  add("edges", "edges, their sessions, states and certificates", Verb::list);
  auto* drain =
      add("drain", "move an edge's clients to the others; it takes no new ones", Verb::drain);
  drain->add_option("edge", command.edge, "its name")->required();
  drain->add_option("--rate", command.rate, "sessions a second")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  drain->add_option("--url", command.urls, "where they go, if not to the other edges; repeat");
  drain->add_flag("--no-wait", command.no_wait, "do not wait until the last has gone");
  add("undrain", "end a drain: it takes clients again", Verb::undrain)
      ->add_option("edge", command.edge, "its name")
      ->required();
  add("reload", "read certificate, origins, limits and log level again", Verb::reload)
      ->add_option("edge", command.edge, "its name; else all");
}

void add_admin(CLI::App& admin, AdminCommand& command) {
  using Verb = AdminCommand::Verb;
  const auto add_simple = [&](CLI::App& parent, const char* verb, const char* what, Verb value) {
    parent.add_subcommand(verb, what)->callback([&command, value] { command.verb = value; });
  };
  auto* user = admin.add_subcommand("user", "accounts");
  user->require_subcommand(1);
  add_user(*user, "add", "make an account", Verb::add, command, true);
  add_user(*user, "password", "set a password; sessions are closed", Verb::password, command, true);
  add_user(*user, "disable", "close its sessions and refuse its logins", Verb::disable, command,
           false);
  add_user(*user, "enable", "let it log in again", Verb::enable, command, false);
  add_simple(*user, "list", "all accounts, rank by rank", Verb::list);
  add_simple(admin, "sessions", "who is connected, and where", Verb::sessions);
  add_simple(admin, "queues", "what waits, and for what", Verb::queues);
  add_simple(admin, "stop", "stop the ranks in order", Verb::stop);
  auto* edge = admin.add_subcommand("edge", "gateway hosts");
  edge->require_subcommand(1);
  auto* allow = edge->add_subcommand("allow", "admit an edge over tcp by its public key");
  allow->add_option("key", command.name, "public key, Z85")->required();
  allow->callback([&command] { command.verb = Verb::edge_allow; });
  admin.require_subcommand(1);
}

void add_trace(CLI::App& admin, TraceCommand& command) {
  using Verb = TraceCommand::Verb;
  auto* trace = admin.add_subcommand(
      "trace", "postcards of laboratory messages at every stage: on, fetched, off again");
  trace->require_subcommand(1);
  const auto add = [&](const char* verb, const char* what, Verb value) {
    auto* app = trace->add_subcommand(verb, what);
    app->callback([&command, value] { command.verb = value; });
    return app;
  };
  add("on", "begin, with empty rings", Verb::on)
      ->add_option("--cards", command.cards, "that each thread keeps, 24 bytes each")
      ->check(CLI::Range(std::size_t{1}, trunkline::wire::kCardsPerRingMax))
      ->capture_default_str();
  add("off", "no more cards are made; what there is can still be fetched", Verb::off);
  add("status", "on or off, cards waiting and lost, process by process", Verb::status);
  add("dump", "fetch the cards as CSV; they are gone from the servers", Verb::dump)
      ->add_option("-o,--output", command.file, "file; else stdout");
}

// `admin VERB` that is a verb of trunkline-dump, which has its options and its help.
CLI::App* add_dump(CLI::App& admin, const char* verb, const char* what) {
  auto* app = admin.add_subcommand(verb, what);
  app->prefix_command();
  app->fallthrough(false);
  app->set_help_flag();
  return app;
}

// Replaces this process by the program beside it.
int become(const std::string& program, const std::vector<std::string>& arguments) {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  std::vector<char*> list{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
  list.push_back(nullptr);
  ::execv(path.c_str(), list.data());
  std::perror(path.c_str());
  return 1;
}

std::vector<std::string> dump_arguments(const CLI::App& verb, const Where& where) {
  std::vector<std::string> arguments{verb.get_name()};
  if (!where.data.empty()) arguments.insert(arguments.end(), {"--data", where.data});
  const auto rest = verb.remaining();
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  return arguments;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("Trunkline: a messaging cluster");
  app.require_subcommand(1);
  StartOptions options;
  std::string edges = "2";
  auto* start_verb = app.add_subcommand("start", "start a cluster on this host and supervise it");
  add_start(*start_verb, options, edges);

  Where where;
  bool json = false;
  auto* status =
      app.add_subcommand("status", "ranks, edges, storage; exit status 1 when one is down");
  add_where(*status, where);
  status->add_flag("--json", json, "for programs");

  PingOptions ping_options;
  auto* ping_verb =
      app.add_subcommand("ping", "where a user or a rank is, and how far, hop by hop");
  add_where(*ping_verb, where);
  add_ping(*ping_verb, ping_options);

  AdminCommand command;
  auto* admin = app.add_subcommand("admin", "accounts, sessions, queues, traces, dumps");
  add_where(*admin, where);
  admin->fallthrough();  // --run-dir may stand behind the verb too
  add_admin(*admin, command);
  const auto* dump = add_dump(*admin, "dump", "write a stopped cluster to a file");
  const auto* restore = add_dump(*admin, "restore", "make the data of a cluster from such a file");
  EdgeCommand edge_command;
  add_edge_admin(*admin, edge_command);
  TraceCommand trace_command;
  add_trace(*admin, trace_command);

  auto* lab = app.add_subcommand("lab", "the latency laboratory (trunkline-lab)");
  lab->prefix_command();

  try {
    app.parse(count, arguments);
    if (*start_verb) set_edges(options, edges);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "trunkline: %s\n", error.what());
    return 2;
  }
  try {
    if (*start_verb) return start(options);
    if (*status) return print_status(where, json);
    if (*ping_verb) return ping(where, ping_options);
    for (const CLI::App* verb : {dump, restore}) {
      if (*verb) return become("trunkline-dump", dump_arguments(*verb, where));
    }
    if (edge_command.verb != EdgeCommand::Verb::none) return administer_edges(where, edge_command);
    if (trace_command.verb != TraceCommand::Verb::none) {
      return administer_trace(where, trace_command);
    }
    if (*admin) return administer(where, command);
    return become("trunkline-lab", lab->remaining());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trunkline: %s\n", error.what());
    return 1;
  }
}
