/** The function {{homing.function}} of chain.yaml. */
export default function handle(data, event) {
  return data;
}
