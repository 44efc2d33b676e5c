#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ionsim {

enum class NodeKind : std::uint8_t {
    kNull,
    kBoolean,
    kNumber,
    kString,
    kArray,
    kObject,
    kUnsupported,  // something that JSON cannot say; its text says what, without an article
};

// A tree of JSON values in one array: a container comes before its content, an object's members as
// key, value, key, value in the order in which they came. Keys may repeat; whoever reads decides.
//
// Text is not copied: it points into what was parsed, which must outlive the document, or into the
// document's own store (`keep`).
class Document {
  public:
    using Index = std::size_t;
    static constexpr Index kRoot = 0;

    Document() = default;
    ~Document() = default;
    Document(Document&&) noexcept = default;
    Document& operator=(Document&&) noexcept = default;
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    bool empty() const { return nodes_.empty(); }
    std::size_t size() const { return nodes_.size(); }

    NodeKind kind(Index node) const { return nodes_[node].kind; }
    bool boolean(Index node) const { return nodes_[node].payload != 0; }
    // May be infinite or NaN: a text can name a number beyond the range of a double.
    double number(Index node) const { return std::bit_cast<double>(nodes_[node].payload); }
    // Written as an integer, so without point or exponent.
    bool is_integer(Index node) const { return nodes_[node].integer; }
    // A string's characters (UTF-8), a number as it was written (may be empty), or the name of what
    // is not supported.
    std::string_view text(Index node) const {
        const Node& found = nodes_[node];
        return {found.text, found.kind == NodeKind::kNumber
                                ? std::size_t{found.count}
                                : static_cast<std::size_t>(found.payload)};
    }
    // Elements of an array, members of an object; 2^32 - 1 stands for that many or more.
    std::size_t count(Index container) const { return nodes_[container].count; }

    // The children of a container: begin, next(begin), ... until end.
    Index begin(Index container) const { return container + 1; }
    Index end(Index container) const { return static_cast<std::size_t>(nodes_[container].payload); }
    Index next(Index node) const {
        const NodeKind kind = nodes_[node].kind;
        const bool container = kind == NodeKind::kArray || kind == NodeKind::kObject;
        return container ? end(node) : node + 1;
    }

    // Building, in the order of the text.
    void reserve(std::size_t nodes) { nodes_.reserve(nodes); }
    void add_null() { nodes_.push_back({}); }
    void add_boolean(bool value) { nodes_.push_back({nullptr, value, 0, NodeKind::kBoolean}); }
    void add_number(double value, bool integer, std::string_view text = {}) {
        nodes_.push_back({text.data(), std::bit_cast<std::uint64_t>(value), saturated(text.size()),
                          NodeKind::kNumber, integer});
    }
    void add_string(std::string_view text) {
        nodes_.push_back({text.data(), text.size(), 0, NodeKind::kString});
    }
    void add_unsupported(std::string_view name) {
        nodes_.push_back({name.data(), name.size(), 0, NodeKind::kUnsupported});
    }
    Index open(NodeKind container) {
        nodes_.push_back({nullptr, 0, 0, container});
        return nodes_.size() - 1;
    }
    void close(Index container, std::uint64_t count) {
        nodes_[container].payload = nodes_.size();
        nodes_[container].count = saturated(count);
    }

    // Copies a text into the document, where it stays until the next rewind.
    std::string_view keep(std::string_view text);

    // Forgets all nodes from this one on, and all kept texts, but not the memory: what is read
    // piece by piece needs no more than its largest piece.
    void rewind(Index node);

  private:
    struct Node {
        const char* text = nullptr;
        // Number: its bits. Boolean: 0 or 1. String: bytes of text. Container: the index behind its
        // last descendant.
        std::uint64_t payload = 0;
        // Number: bytes of text. Container: children.
        std::uint32_t count = 0;
        NodeKind kind = NodeKind::kNull;
        bool integer = false;
    };

    static std::uint32_t saturated(std::uint64_t count) {
        constexpr std::uint64_t kMost = 0xFFFFFFFF;
        return static_cast<std::uint32_t>(count < kMost ? count : kMost);
    }

    std::vector<Node> nodes_;
    std::vector<std::unique_ptr<char[]>> chunks_;
    char* chunk_next_ = nullptr;  // in the last chunk
    std::size_t chunk_free_ = 0;
};

// The value as JSON in ASCII, at most `limit` characters long; what is cut off shows as "...".
// Characters beyond ASCII are escaped, so that look-alikes of plain letters can be told apart.
std::string short_json(const Document& document, Document::Index node, std::size_t limit = 60);

// A text as a JSON string in ASCII, in the same manner.
std::string short_json(std::string_view text, std::size_t limit = 60);

}  // namespace ionsim
