#include "tests/power/cuts.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace trunkline::power {

namespace {

constexpr std::size_t kWrongMax = 20;  // told in words; the rest is more of it

// A directory for one image, in memory where there is room for it: hundreds are written and read.
class ImageDirectory {
 public:
  ImageDirectory() {
    struct statvfs info {};
    const bool in_memory =
        statvfs("/dev/shm", &info) == 0 && info.f_bavail * info.f_frsize > (std::uint64_t{1} << 30);
    path_ = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path().string();
    path_ += "/trunkline-cut-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  }
  ~ImageDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ImageDirectory(const ImageDirectory&) = delete;
  ImageDirectory& operator=(const ImageDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

CutReport cut_often(const CutPlan& plan, const std::vector<Entry>& entries,
                    const std::vector<Acked>& acks) {
  std::mt19937_64 random(plan.seed);
  std::vector<std::size_t> cuts(plan.cuts);
  for (std::size_t& cut : cuts) cut = random() % (entries.size() + 1);
  std::sort(cuts.begin(), cuts.end());
  CutReport report;
  CrashDisk disk;
  std::size_t applied = 0;
  for (const std::size_t cut : cuts) {
    while (applied < cut) disk.apply(entries[applied++]);
    // Whoever heard of an ack before the next entry, heard of it before the cut.
    const std::uint64_t cut_ns =
        cut == entries.size() ? ~std::uint64_t{0} : entries[cut].header.time_ns - 1;
    const ImageDirectory image;
    disk.write_image(image.path(), plan.data, random);
    const Verdict verdict = judge_image(image.path(), plan.ranks, acks, cut_ns);
    ++report.cuts;
    report.asked += verdict.acked;
    report.found += verdict.found;
    for (const std::string& wrong : verdict.wrong) {
      if (report.wrong.size() == kWrongMax) break;
      report.wrong.push_back("at entry " + std::to_string(cut) + " of " +
                             std::to_string(entries.size()) + ": " + wrong);
    }
  }
  return report;
}

std::size_t cuts_wanted(std::size_t usual) {
  const char* wanted = std::getenv("TRUNKLINE_CUTS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

std::uint64_t seed_wanted() {
  const char* wanted = std::getenv("TRUNKLINE_SEED");
  return wanted == nullptr ? std::random_device()() : std::strtoull(wanted, nullptr, 10);
}

Tracing::Tracing(const std::string& data, const std::string& trace, bool disk_lies) {
  std::filesystem::create_directories(trace);
  setenv(kDataVariable, data.c_str(), 1);
  setenv(kTraceVariable, trace.c_str(), 1);
  if (disk_lies) setenv(kLieVariable, "1", 1);
  // A sanitizer wants to be loaded first; it is told that it need not be.
  setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
  setenv("LD_PRELOAD", (program_directory() + "/libpower_interposer.so").c_str(), 1);
}

Tracing::~Tracing() {
  for (const char* name :
       {kDataVariable, kTraceVariable, kLieVariable, "ASAN_OPTIONS", "LD_PRELOAD"}) {
    unsetenv(name);
  }
}

std::string program_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace trunkline::power
