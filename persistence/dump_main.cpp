// trunkline-dump: a whole cluster as one file between two jobs, and back. `trunkline admin dump`
// and `trunkline admin restore` are this program.
#include <sodium.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "persistence/dump_cluster.h"
#include "persistence/dump_file.h"
#include "persistence/progress.h"
#include "persistence/restore_cluster.h"

namespace trunkline::persistence {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kDoneWithLosses = 3;  // the dump is good, but the data was damaged

constexpr const char* kFooter =
    "Exit status: 0 done, 1 it could not be done, 2 a wrong command line, 3 dumped, but some of "
    "the "
    "data was damaged and is left out.";

struct Options {
  std::string file;
  std::string data = "trunkline-data";
  bool dry_run = false;
  std::size_t ranks = 0;
  bool rewound = false;
};

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string text_of(const DumpCounts& counts) {
  return counted(counts.accounts, "account", "accounts") + ", " +
         counted(counts.mailboxes, "mailbox", "mailboxes") + ", " +
         counted(counts.messages, "message", "messages") + ", " +
         counted(counts.cursors, "cursor", "cursors") + ", " +
         counted(counts.remembered, "id", "ids") + " remembered beyond their messages";
}

std::string text_of(const DumpDigest& digest) {
  std::string text(2 * digest.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  text.pop_back();
  return text;
}

int say_losses(const DumpLosses& losses) {
  if (losses.accounts + losses.messages + losses.remembered_ids == 0) return kDone;
  std::fprintf(stderr,
               "trunkline: left out, because the data does not hold it whole: %s, %s, %s. Look at "
               "the disk, and at what STORE-DAMAGE lines above name.\n",
               counted(losses.accounts, "account", "accounts").c_str(),
               counted(losses.messages, "message", "messages").c_str(),
               counted(losses.remembered_ids, "remembered id", "remembered ids").c_str());
  return kDoneWithLosses;
}

int dump(const Options& options) {
  DumpCluster cluster(options.data);
  std::optional<DumpFileOut> out;
  if (!options.dry_run) out.emplace(options.file);
  const DumpHeader header = cluster.header(wall_ms());
  std::uint64_t bytes = 0;
  DumpWriter writer(header, [&](wire::BytesView piece) {
    bytes += piece.size();
    if (out) out->put(piece);
  });
  DumpLosses losses;
  {
    Progress progress("dumping", "messages", cluster.messages());
    losses = cluster.write(writer, [&] { progress.at(writer.counts().messages); });
    writer.finish();
  }
  if (out) out->finish(writer.digest());
  // The bytes of a dump may be on stdout.
  std::FILE* const told = options.file == "-" ? stderr : stdout;
  std::fprintf(
      told, "%s: %s; %u ranks, epoch %u, %llu bytes\n",
      out ? (options.file == "-" ? "dumped" : ("dumped to " + options.file).c_str()) : "would dump",
      text_of(writer.counts()).c_str(), header.ranks, header.epoch,
      static_cast<unsigned long long>(bytes));
  if (cluster.copies() > 0) {
    std::fprintf(told, "copies that were under way between ranks: %llu, each in its mailbox now\n",
                 static_cast<unsigned long long>(cluster.copies()));
  }
  std::fprintf(told, "content %s\n", text_of(writer.digest()).c_str());
  return say_losses(losses);
}

// Reads all of it. Returns the header, and prints nothing.
DumpHeader verify(DumpFileIn& in, DumpDigest& digest) {
  Progress progress("verifying", "bytes", in.size());
  DumpHeader header;
  digest = in.read(
      [&](const DumpItem& item) {
        if (const auto* first = std::get_if<DumpHeader>(&item)) header = *first;
      },
      [&](std::uint64_t bytes) { progress.at(bytes); });
  return header;
}

int restore(const Options& options) {
  check_may_restore_to(options.data);
  DumpFileIn in(options.file);
  DumpDigest digest{};
  std::size_t ranks = options.ranks;
  if (options.dry_run || !in.is_stream()) {
    const DumpHeader header = verify(in, digest);
    if (ranks == 0) ranks = header.ranks;
    if (options.dry_run) {
      std::printf("whole; would restore to %s, for %zu ranks (dumped from %u, epoch %u): %s\n",
                  options.data.c_str(), ranks, header.ranks, header.epoch,
                  text_of(in.counts()).c_str());
    }
  }
  if (!options.dry_run) {
    RestoreCluster target({options.data, options.ranks, options.rewound, wall_ms()});
    {
      Progress progress("restoring", "bytes", in.size());
      digest = in.read([&](const DumpItem& item) { target.take(item); },
                       [&](std::uint64_t bytes) { progress.at(bytes); });
    }
    ranks = target.ranks();
    target.finish();
    std::printf("restored to %s: %s; start it with %zu ranks\n", options.data.c_str(),
                text_of(in.counts()).c_str(), ranks);
  }
  std::printf("content %s\n", text_of(digest).c_str());
  return kDone;
}

void add_common(CLI::App& verb, Options& options) {
  verb.add_option("file", options.file, "the dump; - for a pipe")->required();
  verb.add_option("--data", options.data, "data directory of the cluster")->capture_default_str();
  verb.footer(kFooter);
}

int run(int count, char** arguments) {
  CLI::App app("A whole cluster as one file, between two jobs", "trunkline admin");
  app.require_subcommand(1);
  Options options;
  auto* dump_verb = app.add_subcommand("dump", "write a stopped cluster to a file");
  add_common(*dump_verb, options);
  dump_verb->add_flag("-n,--dry-run", options.dry_run, "read and check all of it, write no file");
  auto* restore_verb = app.add_subcommand("restore", "make the data of a cluster from such a file");
  add_common(*restore_verb, options);
  restore_verb->add_flag("-n,--dry-run", options.dry_run,
                         "verify the file and say what would be done");
  restore_verb->add_option("--ranks", options.ranks, "for so many ranks (as many as were dumped)")
      ->check(CLI::Range(std::size_t{1}, wire::kRanksMax));
  restore_verb->add_flag("--rewound", options.rewound,
                         "the cluster went on after this dump: tell clients to start again");
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  ::umask(077);
  if (::sodium_init() < 0) throw std::runtime_error("no source of random numbers");
  return *dump_verb ? dump(options) : restore(options);
}

}  // namespace
}  // namespace trunkline::persistence

int main(int count, char** arguments) {
  try {
    return trunkline::persistence::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trunkline: %s\n", error.what());
    return trunkline::persistence::kFailed;
  }
}
