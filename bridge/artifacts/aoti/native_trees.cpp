// Trees of compiled artifacts: the part of the code of a program that AOTInductor would write element by element.
//
// Rows go down a tree eight at a time, so that the processor has eight independent chains of look-ups to follow, and
// tree after tree, so that a tree is fetched once for a block of rows: nodes of one tree lie together, small ones in
// eight bytes. Trees of few leaves are not gone down: every split of one is compared, for a vector of rows at once, and
// strikes out the leaves that it rules out (Lucchese et al., "QuickScorer", SIGIR 2015). What leaves give is added in the
// order of the trees, which makes sums equal to scikit-learn's to the last digit.

#ifdef _OPENMP
#include <omp.h>
#endif

#pragma GCC push_options
#pragma GCC optimize("O3")

namespace bridge_trees {

constexpr int64_t LANES = 8, BLOCK = 1024;

// As the compiler writes them in the tensor of records: threshold first, then the column and the left child; the right
// one follows it. A leaf is its own child under a threshold that nothing exceeds.
template <typename T>
struct Node {
  using Value = T;
  T threshold;
  int32_t column_, child_;

  inline int32_t column(int) const { return column_; }
  inline int32_t child(int) const { return child_; }
};

// The column above the bits that every child fits into.
struct SmallNode {
  using Value = float;
  float threshold;
  uint32_t code;

  inline uint32_t column(int bits) const { return code >> bits; }
  inline int32_t child(int bits) const { return code & ((uint32_t(1) << bits) - 1); }
};

// A split of a tree of few leaves, and a bit for each leaf that it rules out when the column is above the threshold. All
// three have the size of the threshold; so there are at most 32 leaves where that is float32, 64 where it is float64.
template <typename T, typename Word, typename Index>
struct Split {
  using Value = T;
  T threshold;
  Word leaves;
  Index column;
  typedef T Values __attribute__((vector_size(32)));
  typedef Word Bits __attribute__((vector_size(32)));
};

// A tensor of two dimensions, as it lies in memory.
struct Matrix {
  void* data;
  int64_t rows, columns, row_stride, column_stride;
};

inline AOTITorchError look(AtenTensorHandle tensor, Matrix& found) {
  int64_t *sizes, *strides;
  if (aoti_torch_get_data_ptr(tensor, &found.data) || aoti_torch_get_sizes(tensor, &sizes) ||
      aoti_torch_get_strides(tensor, &strides))
    return AOTI_TORCH_FAILURE;
  found.rows = sizes[0], found.columns = sizes[1], found.row_stride = strides[0], found.column_stride = strides[1];
  return AOTI_TORCH_SUCCESS;
}

inline AOTITorchError make(int64_t rows, int64_t columns, int32_t dtype, AtenTensorHandle* made) {
  int64_t sizes[] = {rows, columns}, strides[] = {columns > 0 ? columns : 1, 1};
  return aoti_torch_empty_strided(2, sizes, strides, dtype, aoti_torch_device_type_cpu(), 0, made);
}

// Bits of the children of so many nodes; a shift by all 32 would be undefined.
inline int bits_of(int64_t n_nodes) {
  int bits = 1;
  while ((n_nodes - 1) >> bits) bits++;
  return bits;
}

inline int64_t n_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

// Nodes at which LANES rows end in one tree: at the latest after as many levels as the tree has.
template <typename N>
inline void descend(const typename N::Value* rows, int64_t width, const N* nodes, int bits, int32_t root,
                    int32_t n_levels, int32_t* at) {
  for (int64_t lane = 0; lane < LANES; lane++) at[lane] = root;
  for (int32_t moved = 1; moved && n_levels > 0; n_levels--) {
    moved = 0;
#pragma GCC unroll 8
    for (int64_t lane = 0; lane < LANES; lane++) {
      const N node = nodes[at[lane]];
      const int32_t next = node.child(bits) + (rows[lane * width + node.column(bits)] > node.threshold);
      moved |= next ^ at[lane];
      at[lane] = next;
    }
  }
}

// Where leaves go: their numbers into a matrix, a column for each tree.
struct Numbers {
  const int32_t* number;
  int64_t* result;
  int64_t n_trees;

  inline void take(int64_t tree, int64_t row, int32_t node) const { result[row * n_trees + tree] = number[node]; }
};

// Where leaves go: what they give is added to sums of the row. WIDTH numbers each; 0 where that is known later.
template <int WIDTH>
struct Sums {
  const double* value;
  double* result;
  int64_t width, n_sums;

  inline void take(int64_t place, int64_t row, int32_t node) const {
    double* sum = result + row * n_sums + place;
    const int64_t n = WIDTH ? WIDTH : width;
    for (int64_t k = 0; k < n; k++) sum[k] += value[node * n + k];
  }
};

// Calls a function with the first and the last row of every block; blocks are shared by threads.
template <typename Function>
inline void for_each_block(int64_t n_rows, int64_t largest, const Function& function) {
  const int64_t share = (n_rows / n_threads() + LANES) / LANES * LANES, size = share < largest ? share : largest;
  const int64_t n_blocks = (n_rows + size - 1) / size;
#pragma omp parallel for if (n_blocks > 1)
  for (int64_t block = 0; block < n_blocks; block++)
    function(block * size, (block + 1) * size < n_rows ? (block + 1) * size : n_rows);
}

// Hands the leaves of all rows and trees on, trees in their order. `levels` has the root and the levels below it of each
// tree.
template <typename N, typename Taker>
inline void go_down(const Matrix& x, const Matrix& records, const Matrix& levels, int64_t step, int64_t period,
                    const Taker& taker) {
  using T = typename N::Value;
  const N* nodes = static_cast<const N*>(records.data);
  const int bits = bits_of(records.rows);
  const int32_t* tree_levels = static_cast<const int32_t*>(levels.data);
  for_each_block(x.rows, BLOCK, [&](int64_t start, int64_t stop) {
    const T* rows = static_cast<const T*>(x.data) + start * x.row_stride;
    // Rows with gaps between their numbers are put in order first, and what is left of them for the last lanes too: lanes
    // without a row of their own go the way of the last one, which is in the cache.
    const bool is_whole = x.column_stride == 1;
    const int64_t n_rows = stop - start, n_lanes_in_all = (n_rows + LANES - 1) / LANES * LANES;
    const int64_t width = is_whole ? x.row_stride : x.columns, whole = is_whole ? n_rows / LANES * LANES : 0;
    std::vector<T> copy((n_lanes_in_all - whole) * width);
    for (int64_t i = whole; i < n_lanes_in_all; i++)
      for (int64_t k = 0; k < x.columns; k++)
        copy[(i - whole) * width + k] = rows[(i < n_rows ? i : n_rows - 1) * x.row_stride + k * x.column_stride];
    for (int64_t tree = 0, place = 0; tree < levels.rows; tree++) {
      for (int64_t i = 0; i < n_rows; i += LANES) {
        int32_t at[LANES];
        descend<N>(i < whole ? rows + i * width : copy.data() + (i - whole) * width, width, nodes, bits,
                   tree_levels[2 * tree], tree_levels[2 * tree + 1], at);
        const int64_t n_lanes = n_rows - i < LANES ? n_rows - i : LANES;
        for (int64_t lane = 0; lane < n_lanes; lane++) taker.take(place, start + i + lane, at[lane]);
      }
      place += step;
      if (place >= period) place = 0;
    }
  });
}

// The same for trees of few leaves. `trees` has the first split, the number of splits and the first leaf of each.
template <typename S, typename Taker>
inline void strike_out(const Matrix& x, const Matrix& records, const Matrix& trees, int64_t step, int64_t period,
                       const Taker& taker) {
  using T = typename S::Value;
  constexpr int64_t WIDTH = 32 / sizeof(T);
  const S* splits = static_cast<const S*>(records.data);
  const int32_t* counts = static_cast<const int32_t*>(trees.data);
  for_each_block(x.rows, BLOCK / 4, [&](int64_t start, int64_t stop) {
    // Column by column for every WIDTH rows; what is behind the last row is not taken.
    const T* rows = static_cast<const T*>(x.data);
    std::vector<T> columns((stop - start + WIDTH - 1) / WIDTH * WIDTH * x.columns, T(0));
    for (int64_t i = start; i < stop; i++)
      for (int64_t k = 0; k < x.columns; k++)
        columns[((i - start) / WIDTH * x.columns + k) * WIDTH + (i - start) % WIDTH] =
            rows[i * x.row_stride + k * x.column_stride];
    for (int64_t tree = 0, place = 0; tree < trees.rows; tree++) {
      const S *first = splits + counts[3 * tree], *last = first + counts[3 * tree + 1];
      for (int64_t i = start; i < stop; i += WIDTH) {
        const T* some = columns.data() + (i - start) * x.columns;
        typename S::Bits possible = ~typename S::Bits{};
        for (const S* split = first; split < last; split++) {
          typename S::Values value;
          memcpy(&value, some + split->column * WIDTH, sizeof(value));
          possible &= ~(typename S::Bits(value > split->threshold) & split->leaves);
        }
        const int64_t n_lanes = stop - i < WIDTH ? stop - i : WIDTH;
        for (int64_t lane = 0; lane < n_lanes; lane++)
          taker.take(place, i + lane, counts[3 * tree + 2] + __builtin_ctzll(possible[lane]));
      }
      place += step;
      if (place >= period) place = 0;
    }
  });
}

// The same for the form that trees and records have, which shows in their widths.
template <typename Taker>
inline void for_each_leaf(const Matrix& x, const Matrix& records, const Matrix& trees, int64_t step, int64_t period,
                          const Taker& taker) {
  if (trees.columns == 3 && records.columns == 3)
    strike_out<Split<float, uint32_t, int32_t>>(x, records, trees, step, period, taker);
  else if (trees.columns == 3)
    strike_out<Split<double, uint64_t, int64_t>>(x, records, trees, step, period, taker);
  else if (records.columns == 2)
    go_down<SmallNode>(x, records, trees, step, period, taker);
  else if (records.columns == 3)
    go_down<Node<float>>(x, records, trees, step, period, taker);
  else
    go_down<Node<double>>(x, records, trees, step, period, taker);
}

template <int WIDTH>
inline void add(const Matrix& x, const Matrix& records, const Matrix& trees, const Matrix& values,
                const Matrix& result) {
  const Sums<WIDTH> taker{static_cast<const double*>(values.data), static_cast<double*>(result.data), values.columns,
                          result.columns};
  for_each_leaf(x, records, trees, values.columns, result.columns, taker);
}

}  // namespace bridge_trees

// tree_leaves(columns, nodes, levels, numbers): the number of the leaf that each row reaches in each tree.
extern "C" AOTITorchError aoti_torch_cpu_tree_leaves(AtenTensorHandle columns, AtenTensorHandle nodes,
                                                     AtenTensorHandle levels, AtenTensorHandle numbers,
                                                     AtenTensorHandle* leaves) {
  using namespace bridge_trees;
  Matrix x, records, depths, table, result;
  if (look(columns, x) || look(nodes, records) || look(levels, depths) || look(numbers, table) ||
      make(x.rows, depths.rows, aoti_torch_dtype_int64(), leaves) || look(*leaves, result))
    return AOTI_TORCH_FAILURE;
  const Numbers taker{static_cast<const int32_t*>(table.data), static_cast<int64_t*>(result.data), result.columns};
  for_each_leaf(x, records, depths, 1, result.columns, taker);
  return AOTI_TORCH_SUCCESS;
}

// tree_sums(columns, nodes, levels, values, start): what the leaves give, added to `start` tree after tree.
extern "C" AOTITorchError aoti_torch_cpu_tree_sums(AtenTensorHandle columns, AtenTensorHandle nodes,
                                                   AtenTensorHandle levels, AtenTensorHandle values,
                                                   AtenTensorHandle start, AtenTensorHandle* sums) {
  using namespace bridge_trees;
  Matrix x, records, depths, table, first, result;
  if (look(columns, x) || look(nodes, records) || look(levels, depths) || look(values, table) || look(start, first) ||
      make(x.rows, first.columns, aoti_torch_dtype_float64(), sums) || look(*sums, result))
    return AOTI_TORCH_FAILURE;
  const double* from = static_cast<const double*>(first.data);
  double* to = static_cast<double*>(result.data);
  for (int64_t i = 0; i < x.rows; i++)
    for (int64_t k = 0; k < first.columns; k++)
      to[i * first.columns + k] = from[i * first.row_stride + k * first.column_stride];
  if (table.columns == 1)
    add<1>(x, records, depths, table, result);
  else if (table.columns == 2)
    add<2>(x, records, depths, table, result);
  else
    add<0>(x, records, depths, table, result);
  return AOTI_TORCH_SUCCESS;
}

#pragma GCC pop_options
