import { PageHead } from '../parts/PageHead';

/** An address that is none of the console's. */
export const Nowhere = () => (
  <>
    <PageHead title="Not found" />
    <p>
      The console has no such page. <a href="#/">Go to the overview</a>
    </p>
  </>
);
