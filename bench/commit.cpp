// bench-commit: what one LMDB commit costs here, in the default (sync) mode, with one record of a
// stored message's size in it. Commits at a given rate, one after the other; the result is one line
// of JSON with percentiles in microseconds.
#include <lmdb.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 232;  // 64 B of body, names, id, header
constexpr std::size_t kMapBytes = std::size_t{1} << 30;

void check(int status, const char* what) {
  if (status != 0) throw std::runtime_error(std::string(what) + ": " + mdb_strerror(status));
}

// A rising key, appended, as in the log.
void commit_one(MDB_env* environment, MDB_dbi database, std::uint64_t number) {
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(environment, nullptr, 0, &transaction), "mdb_txn_begin");
  std::string record(kRecordBytes, 'x');
  MDB_val key{sizeof number, &number}, value{record.size(), record.data()};
  check(mdb_put(transaction, database, &key, &value, MDB_APPEND), "mdb_put");
  check(mdb_txn_commit(transaction), "mdb_txn_commit");
}

MDB_env* open_environment(const std::string& directory, MDB_dbi& database) {
  std::filesystem::create_directories(directory);
  MDB_env* environment = nullptr;
  check(mdb_env_create(&environment), "mdb_env_create");
  check(mdb_env_set_mapsize(environment, kMapBytes), "mdb_env_set_mapsize");
  check(mdb_env_open(environment, directory.c_str(), 0, 0600), "mdb_env_open");
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(environment, nullptr, 0, &transaction), "mdb_txn_begin");
  check(mdb_dbi_open(transaction, nullptr, MDB_INTEGERKEY, &database), "mdb_dbi_open");
  check(mdb_txn_commit(transaction), "mdb_txn_commit");
  return environment;
}

void run(const std::string& directory, double rate, double seconds) {
  MDB_dbi database = 0;
  MDB_env* environment = open_environment(directory, database);
  std::vector<double> took_us;
  const auto begin = Clock::now();
  const auto count = static_cast<std::uint64_t>(rate * seconds);
  for (std::uint64_t number = 1; number <= count; ++number) {
    std::this_thread::sleep_until(begin + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                              1e9 * static_cast<double>(number) / rate)));
    const auto start = Clock::now();
    commit_one(environment, database, number);
    took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  mdb_env_close(environment);
  std::sort(took_us.begin(), took_us.end());
  const auto at = [&](double quantile) {
    return took_us[static_cast<std::size_t>(quantile * static_cast<double>(took_us.size() - 1))];
  };
  std::printf("{\"count\":%zu,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}\n",
              took_us.size(), at(0.5), at(0.9), at(0.99), at(1));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("bench-commit DIRECTORY RATE SECONDS\n", stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1UL);
  try {
    run(argv[1], std::stod(argv[2]), std::stod(argv[3]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-commit: %s\n", error.what());
    return 1;
  }
}
