#include "tests/power/crash_disk.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace trunkline::power {

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kPage = 4'096;

void put(std::string& content, std::uint64_t offset, const char* bytes, std::size_t size) {
  if (content.size() < offset + size) content.resize(offset + size, '\0');
  content.replace(offset, size, bytes, size);
}

void read_trace(const std::string& path, std::vector<Entry>& entries) {
  std::ifstream in(path, std::ios::binary);
  Entry entry;
  while (in.read(reinterpret_cast<char*>(&entry.header), sizeof entry.header)) {
    entry.path.resize(entry.header.path_bytes);
    entry.data.resize(entry.header.data_bytes);
    in.read(entry.path.data(), static_cast<std::streamsize>(entry.path.size()));
    in.read(entry.data.data(), static_cast<std::streamsize>(entry.data.size()));
    if (in) entries.push_back(std::move(entry));
    entry = Entry();
  }
}

// A path below `directory` after the directory was renamed.
std::string moved(const std::string& path, const std::string& from, const std::string& to) {
  if (path == from) return to;
  if (path.compare(0, from.size() + 1, from + "/") == 0) return to + path.substr(from.size());
  return path;
}

}  // namespace

std::vector<Entry> read_traces(const std::string& directory) {
  std::vector<Entry> entries;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    read_trace(file.path(), entries);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.header.time_ns < b.header.time_ns;
  });
  return entries;
}

void CrashDisk::Names::apply(const Change& change) {
  if (change.kind == EntryKind::created) files[change.path] = change.file;
  if (change.kind == EntryKind::unlinked) files.erase(change.path);
  if (change.kind != EntryKind::renamed) return;
  const std::size_t middle = change.path.find('\n');
  const std::string from = change.path.substr(0, middle), to = change.path.substr(middle + 1);
  std::map<std::string, std::uint64_t> renamed;
  for (const auto& [path, file] : files) renamed[moved(path, from, to)] = file;
  files = std::move(renamed);
}

void CrashDisk::keep(File& file, const Write& write) {
  put(file.content, write.offset, write.data->data(), write.data->size());
  file.size = std::max<std::uint64_t>(file.size, write.offset + write.data->size());
}

void CrashDisk::apply(const Entry& entry) {
  const EntryHeader& header = entry.header;
  File& file = files_[header.file];
  switch (header.kind) {
    case EntryKind::created:
      file = File();
      [[fallthrough]];
    case EntryKind::renamed:
    case EntryKind::unlinked:
      changes_.push_back({header.kind, entry.path, header.file});
      break;
    case EntryKind::directory:
      if (header.file != 0) directories_[header.file] = entry.path;
      break;
    case EntryKind::write:
      file.writes.push_back({header.offset, &entry.data, false});
      break;
    case EntryKind::durable_write:
      file.writes.push_back({header.offset, &entry.data, true});
      break;
    case EntryKind::write_returned: {
      const auto done = std::find_if(file.writes.begin(), file.writes.end(),
                                     [](const Write& write) { return write.dsync; });
      keep(file, *done);
      if (done < file.writes.begin() + static_cast<std::ptrdiff_t>(file.writes_at_sync)) {
        --file.writes_at_sync;
      }
      file.writes.erase(done);
      break;
    }
    case EntryKind::resized:
      file.sizes.push_back(header.offset);
      break;
    case EntryKind::sync_begun:
      file.writes_at_sync = file.writes.size();
      file.sizes_at_sync = file.sizes.size();
      at_directory_sync_[header.file] = changes_.size();
      break;
    case EntryKind::sync_returned:
      sync_returned(header.file);
      break;
    case EntryKind::sync_failed:
      file.writes.erase(file.writes.begin(),
                        file.writes.begin() + static_cast<std::ptrdiff_t>(file.writes_at_sync));
      file.writes_at_sync = 0;
      break;
    case EntryKind::note:
      break;
  }
}

void CrashDisk::sync_returned(std::uint64_t inode) {
  if (directories_.count(inode) != 0) {
    // Journals are written in order: what came before a name of this directory is there too.
    std::size_t count = at_directory_sync_[inode];
    for (std::size_t at = 0; at < count; ++at) durable_.apply(changes_[at]);
    changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(count));
    for (auto& [other, pending] : at_directory_sync_) pending -= std::min(pending, count);
    return;
  }
  File& file = files_[inode];
  for (; file.writes_at_sync > 0; --file.writes_at_sync) {
    keep(file, file.writes.front());
    file.writes.pop_front();
  }
  for (; file.sizes_at_sync > 0; --file.sizes_at_sync) {
    file.size = file.sizes.front();
    file.sizes.pop_front();
  }
}

std::string CrashDisk::image_of(const File& file, std::uint64_t& size,
                                std::mt19937_64& random) const {
  std::string content = file.content;
  size = file.size;
  for (const std::uint64_t changed : file.sizes) {
    if (random() % 2 == 0) size = changed;
  }
  const std::size_t piece = random() % 2 == 0 ? kSector : kPage;
  const std::uint64_t kept_of_4 = random() % 5;  // none, some or all of the pieces
  for (const Write& write : file.writes) {
    for (std::size_t at = 0; at < write.data->size(); at += piece) {
      if (random() % 4 >= kept_of_4) continue;
      const std::size_t length = std::min(piece, write.data->size() - at);
      put(content, write.offset + at, write.data->data() + at, length);
      size = std::max<std::uint64_t>(size, write.offset + at + length);
    }
  }
  content.resize(std::min<std::uint64_t>(content.size(), size));
  return content;
}

void CrashDisk::write_image(const std::string& directory, const std::string& prefix,
                            std::mt19937_64& random) const {
  Names names = durable_;
  const std::size_t more = changes_.empty() ? 0 : random() % (changes_.size() + 1);
  for (std::size_t at = 0; at < more; ++at) names.apply(changes_[at]);
  for (const auto& [path, inode] : names.files) {
    if (path.compare(0, prefix.size(), prefix) != 0) continue;
    const auto file = files_.find(inode);
    const std::string target = directory + path.substr(prefix.size());
    std::filesystem::create_directories(std::filesystem::path(target).parent_path());
    std::uint64_t size = 0;
    const std::string content = image_of(file->second, size, random);
    std::ofstream(target, std::ios::binary) << content;
    std::filesystem::resize_file(target, size);
  }
}

}  // namespace trunkline::power
