#include "cluster/start.h"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "cluster/demonstration.h"
#include "cluster/supervisor.h"
#include "cluster/tools.h"

namespace trunkline::cluster {
namespace {

std::string joined(const std::vector<std::string>& parts, char between) {
  std::string whole;
  for (const std::string& part : parts)
    whole += (whole.empty() ? "" : std::string(1, between)) + part;
  return whole;
}

std::string user_at_host() {
  const passwd* user = ::getpwuid(::geteuid());
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return std::string(user == nullptr ? "USER" : user->pw_name) + "@" + host;
}

const DemonstrationAccount& account_of(const std::vector<DemonstrationAccount>& accounts,
                                       const std::string& name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(),
                                  [&](const auto& account) { return account.name == name; });
  if (found == accounts.end()) throw std::runtime_error("--first-message: no account " + name);
  return *found;
}

// True: nothing was asked for, or it arrived.
bool demonstrate(const StartOptions& options, const Supervisor& supervisor) {
  if (options.accounts.empty()) return true;
  const auto accounts = read_accounts(options.accounts);
  put_accounts(wire::read_cluster_file(supervisor.run_directory()), accounts);
  if (options.first_message.empty()) return true;
  const auto colon = options.first_message.find(':');
  if (colon == std::string::npos) throw std::runtime_error("--first-message takes FROM:TO");
  return first_message(supervisor.urls(),
                       account_of(accounts, options.first_message.substr(0, colon)),
                       account_of(accounts, options.first_message.substr(colon + 1)));
}

// Serves for as long as the command runs; its exit status.
int serve_command(const StartOptions& options, Supervisor& supervisor) {
  Spawn spawn;
  spawn.arguments = options.command;
  spawn.environment = {"TRUNKLINE_URL=" + supervisor.urls().front(),
                       "TRUNKLINE_URLS=" + joined(supervisor.urls(), ' '),
                       "TRUNKLINE_RUN=" + supervisor.run_directory()};
  spawn.output = 1;
  Process command(spawn);
  supervisor.serve([&] { return command.ended(); });
  if (!command.ended()) {
    command.signal(SIGTERM);
    supervisor.events().wait_until([&] { return command.ended(); }, std::chrono::seconds(2));
    command.signal(SIGKILL);
    return 128 + SIGTERM;
  }
  return command.exit_status();
}

int run(const StartOptions& options) {
  Supervisor supervisor(options);
  std::printf("run directory %s\n", supervisor.run_directory().c_str());
  std::fflush(stdout);
  int result = 0;
  if (supervisor.start()) {
    const auto urls = supervisor.urls();
    for (std::size_t k = 0; k < urls.size(); ++k) {
      std::printf("edge %zu: %s\n", k + 1, urls[k].c_str());
    }
    const std::string tunnel = tunnel_command(options, urls, user_at_host());
    if (!tunnel.empty()) std::printf("from elsewhere: %s\n", tunnel.c_str());
    std::fflush(stdout);
    if (const auto warning = storage_warning(supervisor.run_directory()); !warning.empty()) {
      std::fprintf(stderr, "trunkline: %s\n", warning.c_str());
    }
    const bool arrived = demonstrate(options, supervisor);
    if (!arrived) {
      result = 1;
    } else if (!options.once) {
      std::printf("ready\n");
      std::fflush(stdout);
      if (options.command.empty()) {
        supervisor.serve([] { return false; });
      } else {
        result = serve_command(options, supervisor);
      }
    }
  }
  supervisor.stop();
  return result;
}

}  // namespace

int start(const StartOptions& options) {
  if (const std::string problem = contradiction(options); !problem.empty()) {
    std::fprintf(stderr, "trunkline: %s\n", problem.c_str());
    return 2;
  }
  try {
    return run(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "trunkline: %s\n", problem.what());
    return 1;
  }
}

}  // namespace trunkline::cluster
