export { fileSource } from "./file-source";
export { writeWhole } from "./write-whole";
