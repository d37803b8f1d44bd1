// Training digits that stand for all others, and which of them are most like a drawing. The file is in the format of
// safetensors; models/exemplars.py says what is in it. Knows bytes and numbers; nothing of the page.

export class Exemplars {
  /** How many rows of the picture's digits stand side by side. */
  columns;

  #vectors;
  #sources;
  /** @type {string[]} */
  #names;

  /** @param {ArrayBuffer} bytes @throws where they are no such file */
  constructor(bytes) {
    const length = Number(new DataView(bytes).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
    /** @param {string} name @returns {[ArrayBuffer, number, number]} */
    const place = (name) => {
      const [start, end] = header[name].data_offsets;
      return [bytes, 8 + length + start, end - start];
    };
    this.#vectors = new Int8Array(...place("vectors"));
    this.#sources = new Uint8Array(...place("sources"));
    this.labels = new Uint8Array(...place("labels"));
    this.picture = new Uint8Array(...place("picture"));
    this.#names = JSON.parse(header.__metadata__.sources);
    this.columns = Number(header.__metadata__.columns);
    if (this.#vectors.length % this.labels.length || !this.labels.length) throw new Error("Parts differ.");
  }

  /**
   * Those whose vectors point closest to one, the closest first.
   *
   * @param {ArrayLike<number>} vector what the model's last layer was given
   * @param {number} count
   */
  nearest(vector, count) {
    const width = this.#vectors.length / this.labels.length;
    const likeness = Array.from(this.labels, (_, index) => {
      let sum = 0;
      for (let at = 0; at < width; at += 1) sum += this.#vectors[index * width + at] * vector[at];
      return sum;
    });
    return likeness
      .map((_, index) => index)
      .sort((one, other) => likeness[other] - likeness[one])
      .slice(0, count);
  }

  /** The most typical ones of a digit. @param {number} digit @param {number} count */
  typical(digit, count) {
    const first = this.labels.indexOf(digit);
    return Array.from({ length: count }, (_, index) => first + index).filter(
      (index) => first >= 0 && this.labels[index] === digit,
    );
  }

  /** What one is, for people. @param {number} index */
  nameOf(index) {
    return `A ${this.labels[index]}, from ${this.#names[this.#sources[index]]}`;
  }
}
