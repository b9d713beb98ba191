#include "lab/whole_file.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "lab/format.h"

namespace trunkline::lab {

std::optional<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return std::nullopt;
  return content;
}

void write_whole(const std::string& path, std::string_view content) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
    const std::string why = std::generic_category().message(errno);
    std::remove(fresh.c_str());
    throw std::runtime_error(path + " cannot be written: " + why);
  }
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                       EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  char block[64 * 1024];
  while (file.read(block, sizeof block), file.gcount() > 0) {
    EVP_DigestUpdate(digest.get(), block, static_cast<std::size_t>(file.gcount()));
  }
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(digest.get(), bytes, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += format("%02x", static_cast<unsigned>(bytes[i]));
  return text;
}

}  // namespace trunkline::lab
