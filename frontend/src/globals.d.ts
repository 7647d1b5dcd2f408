declare module "*.css" {
  const text: string;
  export default text;
}

/** Resolved when Streamlit has the lens's code. */
declare var explorerLens: PromiseWithResolvers<typeof import("./streamlit").streamlit> | undefined;
